// SPDX-License-Identifier: MIT
// What stages that choose and judge windows read, and what is refused before anything runs.
#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/cli/run_session.hpp"
#include "liftwell/pipeline/graph.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/artifact.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

namespace liftwell {
namespace {

using testing::TemporaryFolder;

/// Windows at 0 and 1 of a harmonic well, their free energy, and `more` stages.
std::string workflow(const std::string& more) {
  return R"(name: targets
seed: 5
systems:
  well: {potential: {type: harmonic, centre: [0, 0], stiffness: 1}, temperature: 1, integrator: {type: leimkuhler_matthews, timestep: 0.05}}
coarse_variables:
  x: {type: coordinate, index: 0}
  y: {type: coordinate, index: 1}
biases:
  window: {type: harmonic, on: x, stiffness: 9}
pipeline:
  ends: {targets: {type: list, on: x, values: [0, 1]}}
  begin: {reinitialize: {type: single_structure, position: [0, 0]}, system: well, at: ends, bias: window, per_target: 8}
  windows: {simulate: well, bias: window, starts: begin, steps: 1000, stride: 10}
  profile: {estimate: {type: mbar, replicates: 20}, data: windows, on: x, low: -1, high: 2, bins: 6}
)" + more;
}

WorkflowReading read(const TemporaryFolder& folder, const std::string& more) {
  write_file(folder / "w.yaml", workflow(more));
  return read_workflow(folder / "w.yaml", {}, Registry::global());
}

/// Messages of what is wrong.
std::vector<std::string> faults(const std::string& more) {
  const TemporaryFolder folder;
  const WorkflowReading reading = read(folder, more);
  Diagnostics errors = reading.errors;
  if (errors.empty()) errors = check_pipeline(*reading.workflow);
  std::vector<std::string> out;
  for (const Diagnostic& error : errors) out.push_back(error.message);
  return out;
}

void run(const TemporaryFolder& folder, const std::string& more) {
  const WorkflowReading reading = read(folder, more);
  REQUIRE(reading.errors.empty());
  run_workflow(*reading.workflow,
               {.file = folder / "w.yaml", .output = folder / "run", .quiet = true, .registry = &Registry::global()});
}

}  // namespace

TEST_CASE("targets wait for the estimate that their policy reads, and use it", "[unit]") {
  const std::string next =
      "  next: {targets: {type: union_of, policies: [{type: largest_error, on: x, of: profile, count: 2}, {type: gaps, "
      "on: "
      "x}]}, data: windows}\n";
  CHECK(faults(next).empty());
  const TemporaryFolder folder;
  const WorkflowReading reading = read(folder, next);
  Diagnostics errors;
  const PipelineGraph graph = build_graph(*reading.workflow, errors);
  const auto& after = graph.nodes.at(4).after;
  CHECK(std::count(after.begin(), after.end(), std::size_t(3)) == 1);
  run(folder, next);
  const auto targets = load_artifact<Targets>(folder / "run/artifacts/000-cycle/next");
  const auto profile = load_artifact<FreeEnergy>(folder / "run/artifacts/000-cycle/profile");
  Index worst = 0;
  for (Index i = 0; i < profile->values.size(); ++i)
    if (profile->standard_errors[i] > profile->standard_errors[worst]) worst = i;
  const auto& values = targets->values.reshaped();
  for (const double wanted : {0.0, 1.0, profile->points(worst, 0)})
    CHECK(std::count(values.begin(), values.end(), wanted) == 1);
  CHECK(targets->values.rows() == 4);
}

TEST_CASE("targets along another variable than the estimate are refused", "[unit]") {
  const auto found = faults("  next: {targets: {type: largest_error, on: y, of: profile}}\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0] == "are values of y, but profile is a free energy along x");
}

TEST_CASE("targets that can be nowhere, or go more than once around, are refused", "[unit]") {
  const auto grid = [](const std::string& high) {
    return faults("  around: {targets: {type: grid, on: {type: dihedral, atoms: [0, 1, 2, 3]}, low: 0, high: " + high +
                  ", count: 5}}\n");
  };
  CHECK(grid("6").empty());
  const auto found = grid("360");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Catch::Contains("has dihedral = 90, which is more than one turn of 6.28319; angles are in rad"));
  CHECK_THAT(grid("9").at(0), Catch::Contains("which is more than one turn"));
  const auto list = [](const std::string& type, const std::string& values) {
    return faults("  there: {targets: {type: list, on: {type: " + type + "}, values: " + values + "}}\n");
  };
  CHECK(list("distance, atoms: [0, 1]", "[0, 3]").empty());
  CHECK_THAT(list("distance, atoms: [0, 1]", "[-0.4]").at(0), Catch::Contains("it never is: it is not below 0"));
  CHECK_THAT(list("angle, atoms: [0, 1, 2]", "[109]").at(0), Catch::Contains("it goes from 0 to 3.14159; angles are"));
  CHECK_THAT(list("dihedral, atoms: [0, 1, 2, 3]", "[-4, 3]").at(0),
             Catch::Contains("goes from -4 to 3 along dihedral"));
}

TEST_CASE("a policy that reads an estimate which is none is told so", "[unit]") {
  const auto found = faults("  next: {targets: {type: largest_error, on: x, of: windows}}\n");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Catch::Contains("'ensemble' where 'free_energy' is wanted"));
}

TEST_CASE("a cycle without any target stops with what its policy has to say", "[unit]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(run(folder, R"(  loop:
    repeat: {at_most: 2}
    stages:
      next: {targets: {type: largest_error, on: x, of: late@previous}}
      late: {estimate: {type: mbar, replicates: 20}, data: windows, on: x, low: -1, high: 2, bins: 6}
)"),
                    Catch::Contains("no target was chosen: there is no late@previous yet"));
}

TEST_CASE("start_agreement wants two stages, and says so before anything runs", "[unit]") {
  const auto found = faults("  alike: {diagnose: {type: start_agreement, coordinates: y}, data: windows}\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0] == "names 1 stages, but the diagnostic 'start_agreement' compares 2");
  CHECK(
      faults(
          "  others: {simulate: well, bias: window, starts: begin, steps: 100, stride: 10}\n  alike: {diagnose: {type: "
          "start_agreement, coordinates: y}, data: [windows, others]}\n")
          .empty());
}

}  // namespace liftwell
