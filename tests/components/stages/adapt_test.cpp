// SPDX-License-Identifier: MIT
// Learning a bias, reading off what it implies, and simulating under it once it is frozen.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

#include "liftwell/store/files.hpp"
#include "liftwell/store/learned_bias.hpp"
#include "support/dry_run.hpp"
#include "support/scratch_file.hpp"
#include "support/workflow_run.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

struct Setup {
  std::string bias;
  std::string potential = "{type: expression, coordinates: [x], energy: \"6*(x^2-1)^2 + 0.5*x\"}";
  std::string temperature = "1";
  std::string timestep = "0.002";
  std::string start = "[-1]";
  std::string box = "low: [-2.2], high: [2.2]";
  std::string range = "low: -1.8, high: 1.8, bins: 36";
  int steps = 20000;
  int batch = 256;
  int sampled = 0;  ///< steps under the frozen bias
};

std::string text(const Setup& setup) {
  std::string out = fmt::format(
      "name: learned\nseed: 3\n"
      "systems: {{s: {{potential: {}, temperature: {}, integrator: {{type: leimkuhler_matthews, timestep: {}}}}}}}\n"
      "coarse_variables: {{x: {{type: coordinate, index: 0}}}}\n"
      "references: {{exact: {{type: quadrature, {}}}}}\n"
      "pipeline:\n"
      "  start: {{reinitialize: {{type: single_structure, position: {}}}, system: s}}\n"
      "  learn: {{adapt: s, bias: {}, starts: start, walkers_per_start: 64, groups: 8, steps: {}, every: 50, batch: "
      "{}}}\n"
      "  implied: {{read_off: learn, on: x, differences: {{halves: {{of: [0, .inf], against: [-.inf, 0]}}}}, "
      "reference: exact}}\n",
      setup.potential, setup.temperature, setup.timestep, setup.box, setup.start, setup.bias, setup.steps, setup.batch);
  if (setup.sampled > 0)
    out += fmt::format(
        "  frozen: {{simulate: s, learned_bias: learn, starts: start, walkers_per_start: 64, steps: {}, stride: 25, "
        "discard: {}}}\n"
        "  profile: {{estimate: {{type: mbar, replicates: 60}}, data: frozen, on: x, {}, differences: {{halves: {{of: "
        "[0, "
        ".inf], against: [-.inf, 0]}}}}, reference: exact}}\n",
        setup.sampled, setup.sampled / 5, setup.range);
  return out;
}

const std::string metadynamics =
    "{type: metadynamics, on: x, low: -2, high: 2, bins: 100, width: 0.08, height: 0.2, bias_factor: 6}";
const std::string opes = "{type: opes, on: x, low: -2, high: 2, bins: 400, width: 0.06, barrier: 8}";

struct Agreement {
  double difference = 0;  ///< (value − exact)/error of F(x > 0) − F(x < 0)
  double squares = 0;     ///< mean of that squared over the cells below `most`
  double largest = 0;     ///< largest |F − exact| there, in kT
  double cells = 0;
};

Agreement agreement(const FreeEnergy& result, double most) {
  Agreement out;
  const FreeEnergyDifference& halves = result.differences.at(0);
  out.difference = (halves.value - halves.reference.value()) / halves.standard_error;
  // F is known up to a constant: aligned at the probability-weighted mean, as its errors are.
  double shift = 0, weight = 0;
  const auto counts = [&](Index i) {
    return std::isfinite(result.values[i]) && result.reference[i] < most * result.thermal_energy;
  };
  for (Index i = 0; i < result.values.size(); ++i)
    if (counts(i)) {
      const double p = std::exp(-result.reference[i] / result.thermal_energy);
      shift += p * (result.values[i] - result.reference[i]);
      weight += p;
    }
  for (Index i = 0; i < result.values.size(); ++i)
    if (counts(i)) {
      const double off = result.values[i] - result.reference[i] - shift / weight;
      out.squares += std::pow(off / result.standard_errors[i], 2);
      out.largest = std::max(out.largest, std::abs(off) / result.thermal_energy);
      ++out.cells;
    }
  out.squares /= out.cells;
  return out;
}

std::string bytes(const WorkflowRun& run, const std::string& stage) {
  return read_file(run.output(stage) / "learned_bias.h5");
}

}  // namespace

// 6 (x² − 1)² + x/2 at kT = 1: a barrier of 6 kT that 64 walkers from one side cross some ten times each once it is
// filled. Differences within 5.4 standard errors (99.9 % of Student's t with 7 degrees of freedom); the profile up to
// 7 kT within 0.35 kT, and within its errors on the whole (mean square below 4).
TEST_CASE("A learned bias implies the free energy of a double well", "[statistics]") {
  for (const std::string& bias : {metadynamics, opes}) {
    CAPTURE(bias);
    WorkflowRun run(text({.bias = bias, .steps = 40000, .sampled = 20000}));
    run.play();
    const auto implied = run.result<FreeEnergy>("implied");
    const Agreement own = agreement(*implied, 7);
    CAPTURE(own.difference, own.squares, own.largest, own.cells);
    CHECK(std::abs(own.difference) < 5.4);
    CHECK(own.largest < 0.35);
    CHECK(own.squares < 4);
    CHECK(own.cells > 60);

    // Frozen, the bias is one known law: MBAR knows nothing of how it came about.
    const auto ensemble = run.result<Ensemble>("frozen");
    CHECK(ensemble->info().bias.find("tabulated") != std::string::npos);
    CHECK(ensemble->info().coarse.empty());
    const Agreement exact = agreement(*run.result<FreeEnergy>("profile"), 6);
    CAPTURE(exact.difference, exact.squares, exact.largest, exact.cells);
    CHECK(std::abs(exact.difference) < 3.5);
    CHECK(exact.squares < 2.5);
    CHECK(exact.largest < 0.3);
    // Without the bias two of 10,000 frames would be on the barrier.
    double barrier = 0, all = 0;
    ensemble->for_each_chunk([&](const FrameChunk& chunk) {
      for (Index i = 0; i < chunk.frames * chunk.walkers; ++i, ++all) barrier += std::abs(chunk.positions[i]) < 0.1;
    });
    CHECK(barrier / all > 0.01);
  }
}

TEST_CASE("What is learned depends on neither threads, batches nor interruptions", "[statistics]") {
  for (const std::string& bias : {metadynamics, opes}) {
    CAPTURE(bias);
    Setup setup{.bias = bias, .steps = 3000};
    WorkflowRun reference(text(setup));
    reference.play();
    const std::string expected = bytes(reference, "learn");

    WorkflowRun threads(text(setup), 2);
    threads.play();
    CHECK(bytes(threads, "learn") == expected);

    setup.batch = 8;
    WorkflowRun batches(text(setup), 2);
    batches.play();
    CHECK(bytes(batches, "learn") == expected);

    setup.batch = 256;
    WorkflowRun resumed(text(setup));
    std::atomic<int> calls = 0;
    int interruptions = 0;
    for (const int after : {7, 23, 1 << 20}) {
      calls = 0;
      resumed.stop = false;
      resumed.observer.on_progress = [&, after] {
        if (++calls == after) resumed.stop = true;
      };
      try {
        resumed.play();
      } catch (const Interrupted&) {
        ++interruptions;
      }
    }
    CHECK(interruptions == 2);
    CHECK(bytes(resumed, "learn") == expected);
    CHECK_FALSE(std::filesystem::exists(resumed.output("learn") / "checkpoint.h5"));
  }
}

TEST_CASE("A bias that becomes too stiff for the time step while it learns is told so", "[unit]") {
  // A Gaussian of height 0.5 and width 0.01 bends by up to 2 exp(-3/2) 0.5/0.01^2 = 2231; the step can follow 1000.
  const auto warnings = [](const std::string& width) {
    WorkflowRun run(text({.bias = "{type: metadynamics, on: x, low: -2, high: 2, bins: 2000, width: " + width +
                                  ", height: 0.5, bias_factor: 6}",
                          .steps = 100}));
    CHECK_THROWS_WITH(run.play(), Catch::Contains("adapt for longer"));  // to read off what it implies
    std::string out;
    for (const StageRecord& record : run.observer.records())
      if (record.stage == "learn")
        for (const std::string& warning : record.warnings) out += warning + "\n";
    return out;
  };
  CHECK(warnings("0.2").empty());
  CHECK_THAT(warnings("0.01"), Catch::Contains("what it has learned by step 50 is too stiff") &&
                                   Catch::Contains("the limit of stability is 1000"));
}

TEST_CASE("What is wrong with a learned bias is said before anything runs", "[unit]") {
  const auto errors = dry_run_faults;
  CHECK(errors(text({.bias = opes})).empty());
  Setup setup{.bias = opes};
  setup.temperature = "9";
  CHECK_THAT(errors(text(setup)), Catch::Contains("has a barrier of 8, which at kT = 9 is nothing to overcome"));
  std::string other = text({.bias = opes});
  other.replace(other.find("learn, on: x"), 12, "learn, on: {type: coordinate, index: 0}");
  CHECK_THAT(errors(other), Catch::Contains("but the bias was learned on x"));
}
