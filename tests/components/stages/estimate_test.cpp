// SPDX-License-Identifier: MIT
// What the estimate stage refuses to pool.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/dry_run.hpp"
#include "support/workflow_run.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::string pooled(const std::string& other) {
  const std::string system = "{{potential: {}, temperature: 1, integrator: {{type: euler_maruyama, timestep: {}}}}}";
  return "name: pooled\nseed: 1\nsystems:\n  a: " +
         fmt::format(fmt::runtime(system), "{type: harmonic, centre: [0]}", 0.1) +
         "\n  b: " + fmt::format(fmt::runtime(system), other, 0.05) +
         "\ncoarse_variables: {x: {type: coordinate, index: 0}}\n"
         "pipeline:\n"
         "  start: {reinitialize: {type: single_structure, position: [0]}, system: a}\n"
         "  one: {simulate: a, starts: start, walkers_per_start: 8, steps: 200, stride: 10}\n"
         "  two: {simulate: b, starts: start, walkers_per_start: 8, steps: 200, stride: 10}\n"
         "  both: {estimate: {type: histogram}, data: [one, two], on: x, low: -2, high: 2, bins: 4}\n";
}

}  // namespace

TEST_CASE("Ensembles of one potential are pooled, whatever advanced them", "[unit]") {
  WorkflowRun run(pooled("{type: harmonic, centre: [0]}"));
  CHECK_NOTHROW(run.play());
}

TEST_CASE("Ensembles of different potentials are refused before anything runs", "[unit]") {
  const std::string different = pooled("{type: harmonic, centre: [0], stiffness: 2}");
  CHECK_THAT(dry_run_faults(different), Catch::Contains("systems with different energies cannot be pooled"));
  CHECK(dry_run_faults(pooled("{type: harmonic, centre: [0]}")).empty());
}

TEST_CASE("Data that an estimator cannot use are refused before anything runs", "[unit]") {
  const auto with = [](const std::string& estimator, double temperature) {
    return fmt::format(
        "name: planned\nseed: 1\nsystems:\n"
        "  a: {{potential: {{type: harmonic, centre: [0]}}, temperature: 1, integrator: {{type: euler_maruyama, "
        "timestep: 0.1}}}}\n"
        "  b: {{potential: {{type: harmonic, centre: [0]}}, temperature: {}, integrator: {{type: euler_maruyama, "
        "timestep: 0.1}}}}\n"
        "coarse_variables: {{x: {{type: coordinate, index: 0}}}}\n"
        "pipeline:\n"
        "  start: {{reinitialize: {{type: single_structure, position: [0]}}, system: a}}\n"
        "  one: {{simulate: a, starts: start, walkers_per_start: 8, steps: 200, stride: 10}}\n"
        "  two: {{simulate: b, starts: start, walkers_per_start: 8, steps: 200, stride: 10}}\n"
        "  both: {{estimate: {}, data: [one, two], on: x, low: -2, high: 2, bins: 4}}\n",
        temperature, estimator);
  };
  CHECK_THAT(dry_run_faults(with("{type: mbar}", 3)), Catch::Contains("kT = 1 and 3 cannot be pooled"));
  for (const std::string type : {"tram", "dtram", "markov_state_model"}) {
    INFO(type);
    CHECK(dry_run_faults(with("{type: " + type + ", lag: 2}", 1)).empty());
    CHECK_THAT(dry_run_faults(with("{type: " + type + ", lag: 1.5}", 1)),
               Catch::Contains("has a frame every 1, and the lag time 1.5 is no multiple of it"));
    CHECK_THAT(dry_run_faults(with("{type: " + type + ", lag: 20}", 1)),
               Catch::Contains("the lag time 20 is longer than any of them"));
    CHECK_THAT(dry_run_faults(with("{type: " + type + ", cells: {widths: [1, 1]}}", 1)),
               Catch::Contains("makes a profile of 1 variables, but 'widths' of the cells has 2 numbers"));
    std::string discarding = with("{type: " + type + ", lag: 12}", 1);
    CHECK(dry_run_faults(discarding).empty());
    for (std::size_t at = 0; (at = discarding.find("stride: 10", at)) != std::string::npos; at += 20)
      discarding.replace(at, 10, "stride: 10, discard: 100");
    CHECK_THAT(dry_run_faults(discarding), Catch::Contains("has walkers of 10 frames after those discarded"));
  }
  CHECK_THAT(dry_run_faults(with("{type: umbrella_integration}", 3)), Catch::Contains("cannot be pooled"));
}

TEST_CASE("What a bias makes useless for an estimator is refused before anything runs", "[unit]") {
  const auto with = [](const std::string& bias, const std::string& estimator, const std::string& grid) {
    const bool centred = bias.find("harmonic") != std::string::npos;
    return "name: planned\nseed: 1\n"
           "systems: {s: {potential: {type: harmonic, centre: [0, 0]}, temperature: 1, integrator: {type: "
           "euler_maruyama, timestep: 0.1}}}\n"
           "coarse_variables: {x: {type: coordinate, index: 0}, y: {type: coordinate, index: 1}}\n"
           "biases: {b: " +
           bias +
           "}\n"
           "pipeline:\n"
           "  at: {targets: {type: list, on: y, values: [0, 0.5]}}\n"
           "  free: {reinitialize: {type: single_structure, position: [0, 0]}, system: s}\n"
           "  held: {reinitialize: {type: single_structure, position: [0, 0]}, system: s, at: at, bias: {type: "
           "harmonic, on: y, stiffness: 1}}\n"
           "  data: {simulate: s, bias: b, starts: " +
           (centred ? "held" : "free") +
           ", steps: 200, stride: 10}\n"
           "  answer: {estimate: {type: " +
           estimator + "}, data: data, " + grid + "}\n";
  };
  const std::string spring = "{type: harmonic, on: y, stiffness: 1}", slope = "{type: linear, on: y, force: 1}",
                    table = "{type: tabulated, on: y, low: -3, high: 3, bins: 4, values: [0, 1, 2, 0]}";
  const std::string along_y = "on: y, low: -2, high: 2, bins: 4";
  for (const std::string& bias : {slope, table}) {
    INFO(bias);
    CHECK(dry_run_faults(with(bias, "mbar", along_y)).empty());
    CHECK_THAT(dry_run_faults(with(bias, "histogram", along_y)), Catch::Contains("takes unbiased data only"));
    CHECK_THAT(dry_run_faults(with(bias, "wham", along_y)), Catch::Contains("about no centre"));
    CHECK_THAT(dry_run_faults(with(bias, "markov_state_model", along_y)), Catch::Contains("needs unbiased data"));
    CHECK_THAT(dry_run_faults(with(bias, "umbrella_integration", along_y)), Catch::Contains("holds no windows"));
  }
  CHECK(dry_run_faults(with(spring, "wham", along_y)).empty());
  // Wider bins would hide noise from the errors of wham.
  CHECK_THAT(dry_run_faults(with(spring, "wham, bin_width: 3 sigma", along_y)), Catch::Contains("from 0.01 to 1"));
  CHECK(dry_run_faults(with(spring, "umbrella_integration", along_y)).empty());
  // The same variable by another name is the same.
  CHECK(dry_run_faults(
            with(spring, "umbrella_integration", "on: {type: coordinate, index: 1}, low: -2, high: 2, bins: 4"))
            .empty());
  CHECK_THAT(dry_run_faults(with(spring, "umbrella_integration", "on: x, low: -2, high: 2, bins: 4")),
             Catch::Contains("'y' is none of them"));
  CHECK_THAT(dry_run_faults(with(spring, "umbrella_integration",
                                 "on: [x, y], low: [-2, -2], high: [2, 2], bins: [1000, "
                                 "1000]")),
             Catch::Contains("makes a profile of 1000000 bins"));
}

TEST_CASE("A mistake in targets is not followed by others about windows that have none", "[unit]") {
  const std::string faults = dry_run_faults(
      "name: mistake\n"
      "systems: {s: {potential: {type: harmonic, centre: [0, 0]}, temperature: 1, integrator: {type: euler_maruyama, "
      "timestep: 0.01}}}\n"
      "coarse_variables: {x: {type: coordinate, index: 0}, y: {type: coordinate, index: 1}}\n"
      "biases: {b: {type: harmonic, on: [x, y], stiffness: 10}}\n"
      "pipeline:\n"
      "  at: {targets: {type: grid, on: [x, y], low: [-1, -1], high: [1, 1], count: 5}}\n"
      "  start: {reinitialize: {type: single_structure, position: [0, 0]}, system: s, at: at, bias: b}\n"
      "  data: {simulate: s, bias: b, starts: start, steps: 100}\n"
      "  answer: {estimate: {type: umbrella_integration}, data: data, on: [x, y], low: [-1, -1], high: [1, 1], bins: "
      "[4, 4]}\n");
  CAPTURE(faults);
  CHECK(std::count(faults.begin(), faults.end(), '\n') == 1);
  CHECK_THAT(faults, Catch::Contains("at.targets.count: must have one number per coarse variable"));
}
