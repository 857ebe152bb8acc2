// SPDX-License-Identifier: MIT
// A bias that the time step cannot follow is an error before the run, and biases without centres need no targets.
#include "stages/bias_fit.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/data/ensemble.hpp"
#include "support/angle.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"
#include "support/workflow_run.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::unique_ptr<System> system_with(const std::string& integrator) {
  return make<System>(
      "{potential: {type: harmonic, centre: [0, 0], stiffness: 1}, temperature: 1, integrator: " + integrator + "}");
}

std::unique_ptr<Bias> bias_from(const std::string& yaml) {
  return build<Bias>(*configure("bias", yaml, registry_with_angle()));
}

std::unique_ptr<Bias> spring(double stiffness) {
  return bias_from("{type: harmonic, on: {type: coordinate, index: 0}, stiffness: " + std::to_string(stiffness) + "}");
}

std::string windows(const std::string& bias) {
  return "name: windows\nseed: 1\n"
         "systems: {s: {potential: {type: harmonic, centre: [0, 0], stiffness: 2}, temperature: 1, integrator: {type: "
         "leimkuhler_matthews, timestep: 0.01}}}\n"
         "coarse_variables: {x: {type: coordinate, index: 0}}\n"
         "biases: {window: " +
         bias +
         "}\n"
         "pipeline:\n"
         "  centres: {targets: {type: list, on: x, values: [0.5, 1]}}\n"
         "  starts: {reinitialize: {type: single_structure, position: [0, 0]}, system: s, at: centres, bias: window}\n"
         "  run: {simulate: s, bias: window, starts: starts, walkers_per_start: 64, steps: 4000, stride: 20, discard: "
         "400}\n";
}

}  // namespace

// The limits are those of the schemes in a harmonic well: |1 − κMΔt| < 1, and ωΔt < 2.
TEST_CASE("Each integrator's limit of stability is told, and kept", "[unit]") {
  const auto euler = system_with("{type: euler_maruyama, timestep: 0.01, mobility: 2}");
  CHECK(euler->stability_limit() == Approx(100));
  CHECK(unstable_everywhere(*euler, *spring(99)).empty());
  CHECK(unstable_everywhere(*euler, *spring(150)) ==
        "is too stiff: it adds a curvature of 150 energy/length^2, and with a time step of 0.01 the limit of stability "
        "is 100; take a stiffness at least 1.5 times smaller, or a shorter time step");
  CHECK(system_with("{type: leimkuhler_matthews, timestep: 0.01}")->stability_limit() == Approx(200));
  CHECK(system_with("{type: baoab, timestep: 0.1, mass: 3}")->stability_limit() == Approx(1200));
  CHECK(std::isinf(system_with("{type: mala, timestep: 0.1}")->stability_limit()));

  // Just below the limit walkers stay, just above they run away.
  for (const auto& [integrator, limit] : {std::pair{"{type: leimkuhler_matthews, timestep: 0.01}", 200.0},
                                          std::pair{"{type: baoab, timestep: 0.1}", 400.0}})
    for (const double share : {0.97, 1.03}) {
      const auto system = system_with(integrator);
      // The well adds 1 of its own.
      const auto bias = spring(share * limit - 1);
      BlockBuffer position(2, 8), velocity(system->has_velocities() ? 2 : 0, 8), centre(1, 8);
      WalkerTile tile{position.block(), velocity.block(), 0};
      const Restraint restraint{bias.get(), centre.block()};
      system->advance(tile, &restraint, RandomStream::named(1, {"limit"}), 0, 2000);
      CAPTURE(integrator, share);
      CHECK((position.block().row(0).abs().maxCoeff() < 10) == (share < 1));
    }
}

TEST_CASE("The gradient of the coarse variable counts", "[unit]") {
  const auto system = system_with("{type: leimkuhler_matthews, timestep: 0.01}");
  CHECK(unstable_everywhere(*system, *bias_from("{type: harmonic, on: {type: linear, weights: [3, 4]}, stiffness: 7}"))
            .empty());
  CHECK_THAT(
      unstable_everywhere(*system, *bias_from("{type: harmonic, on: {type: linear, weights: [3, 4]}, stiffness: 9}")),
      Catch::Contains("a curvature of 225 "));
  // Two springs along one line add up, along two they do not.
  const auto two = [](const std::string& second) {
    return bias_from("{type: harmonic, on: [{type: coordinate, index: 0}, {type: linear, weights: " + second +
                     "}], stiffness: 120}");
  };
  CHECK_THAT(unstable_everywhere(*system, *two("[1, 0]")), Catch::Contains("a curvature of 240 "));
  CHECK(unstable_everywhere(*system, *two("[0, 1]")).empty());
  // Of an angle it depends on where: 1/r² times the stiffness.
  const auto angle = bias_from("{type: harmonic, on: {type: polar_angle}, stiffness: 50}");
  CHECK(unstable_everywhere(*system, *angle).empty());
  CHECK(unstable(*system, *angle, Matrix{{1, 0}, {0, -2}}).empty());
  CHECK_THAT(unstable(*system, *angle, Matrix{{1, 0}, {0.4, 0}}), Catch::Contains("a curvature of 312.5 "));
  CHECK(unstable(*system, *bias_from("{type: linear, on: {type: coordinate, index: 0}, force: 1e6}"), Matrix{{1, 0}})
            .empty());
}

TEST_CASE("A stiffness that the time step cannot follow is an error of the workflow", "[unit]") {
  const ScratchFolder folder;
  const auto errors = [&](const std::string& bias) {
    const WorkflowReading reading = read_workflow(folder.write("w.yaml", windows(bias)), {});
    std::string out;
    for (const Diagnostic& error : reading.errors) out += error.text() + "\n";
    if (reading.workflow)
      for (const Diagnostic& error : check_pipeline(*reading.workflow)) out += error.text() + "\n";
    return out;
  };
  CHECK(errors("{type: harmonic, on: x, stiffness: 150}").empty());
  CHECK_THAT(errors("{type: harmonic, on: x, stiffness: 250}"),
             Catch::Contains("pipeline.run.bias: is too stiff") && Catch::Contains("limit of stability is 200"));
}

// V = x² + y² at kT = 1 with the force 2: ⟨x⟩ = 1, variance 1/2. 128 walkers of 180 frames 0.2 apart, autocorrelation
// time 0.5: four standard errors.
TEST_CASE("Walkers under a bias without centres are in one window", "[statistics]") {
  WorkflowRun run(windows("{type: linear, on: x, force: 2}"), 2);
  run.play();
  const auto ensemble = run.result<Ensemble>("run");
  CHECK(ensemble->info().centres.rows() == 1);
  CHECK(ensemble->info().coarse.empty());
  CHECK(ensemble->info().window == std::vector<Index>(128, 0));
  double sum = 0, count = 0;
  ensemble->for_each_chunk([&](const FrameChunk& chunk) {
    for (Index f = 0; f < chunk.frames; ++f)
      for (Index w = 0; w < chunk.walkers && chunk.first_frame + f >= ensemble->info().discard_frames; ++w, ++count)
        sum += chunk.state(f, w)[0];
  });
  CHECK(sum / count == Approx(1).margin(4 * std::sqrt(0.5 / (count * 0.2 / (2 * 0.5)))));
}
