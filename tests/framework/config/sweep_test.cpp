// SPDX-License-Identifier: MIT
// A sweep is a workflow per point, each the same as the workflow with the values put in by hand.
#include "liftwell/config/sweep.hpp"

#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "liftwell/store/files.hpp"
#include "support/small_registry.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using liftwell::testing::TemporaryFolder;

namespace {

const std::string head = R"(name: a
seed: 5
variables: {kT: 1}
systems: {mb: {potential: {type: harmonic, centre: [0]}, temperature: "${kT}"}}
pipeline:
  start: {simulate: mb}
  explore: {simulate: mb, starts: start, steps: 10}
)";

const std::string block = R"(sweep:
  over:
    policy:
      plain: {}
      short: {pipeline.explore.steps: 5, pipeline.start: {prune: 0.5, data: explore@previous}}
      warm: {systems.mb.potential: {type: double_well, width: "${kT}"}}
    kT: [2, 3]
    seed: {from: 7, count: 2}
  aggregate: {over: seed}
)";

WorkflowReading read(const TemporaryFolder& folder, const std::string& text, const std::vector<Override>& overrides) {
  write_file(folder.path() / "w.yaml", text);
  WorkflowReading reading = read_workflow(folder.path() / "w.yaml", overrides, small::registry());
  for (const Diagnostic& error : reading.errors) UNSCOPED_INFO(error.text());
  return reading;
}

Workflow sound(const TemporaryFolder& folder, const std::string& text, const std::vector<Override>& overrides = {}) {
  WorkflowReading reading = read(folder, text, overrides);
  REQUIRE(reading.workflow);
  return *reading.workflow;
}

}  // namespace

TEST_CASE("a sweep has every combination, the last axis changing fastest", "[unit]") {
  const TemporaryFolder folder;
  const Workflow workflow = sound(folder, head + block);
  REQUIRE(workflow.sweep);
  REQUIRE(workflow.sweep->points.size() == 12);
  CHECK(workflow.sweep->points[0].name == "policy=plain,kT=2,seed=7");
  CHECK(workflow.sweep->points[1].name == "policy=plain,kT=2,seed=8");
  CHECK(workflow.sweep->points[11].name == "policy=warm,kT=3,seed=8");
  CHECK(workflow.sweep->points[11].values == std::vector<std::string>{"warm", "3", "8"});
  CHECK(workflow.sweep->aggregates.size() == 1);
  CHECK(workflow.seed == 5);
  CHECK(workflow.sweep->points[0].workflow->seed == 7);
  CHECK_FALSE(workflow.sweep->points[0].workflow->sweep);
}

TEST_CASE("a point is the workflow with its values put in by hand", "[unit]") {
  const TemporaryFolder folder;
  const Workflow workflow = sound(folder, head + block);
  const auto by_hand = [&](std::vector<Override> overrides) {
    overrides.insert(overrides.end(), {{"variables.kT", "3"}, {"seed", "8"}, {"sweep", "~"}});
    return to_yaml(sound(folder, head + block, overrides).resolved);
  };
  const auto point = [&](std::size_t p) { return to_yaml(workflow.sweep->points[p].workflow->resolved); };
  CHECK(point(3) == by_hand({}));
  CHECK(point(7) ==
        by_hand({{"pipeline.explore.steps", "5"}, {"pipeline.start", "{prune: 0.5, data: explore@previous}"}}));
  CHECK(point(11) == by_hand({{"systems.mb.potential", "{type: double_well, width: 3}"}}));
}

TEST_CASE("overrides are of all points, and may be of the sweep", "[unit]") {
  const TemporaryFolder folder;
  const Workflow workflow = sound(folder, head + block, {{"systems.mb.timestep", "0.5"}, {"sweep.over.kT", "[4]"}});
  CHECK(workflow.sweep->points.size() == 6);
  for (const SweepPoint& point : workflow.sweep->points)
    CHECK(to_yaml(point.workflow->resolved).find("timestep: 0.5") != std::string::npos);
}

TEST_CASE("axes may be paths, and values any single one", "[unit]") {
  const TemporaryFolder folder;
  const Workflow workflow = sound(folder, head + "sweep: {over: {systems.mb.temperature: [1.5, 1e-3]}}\n");
  REQUIRE(workflow.sweep->points.size() == 2);
  CHECK(workflow.sweep->points[1].name == "systems.mb.temperature=1e-3");
  CHECK(to_yaml(workflow.sweep->points[1].workflow->resolved).find("temperature: 0.001") != std::string::npos);
}

TEST_CASE("an axis that is a path is narrowed by its name", "[unit]") {
  const TemporaryFolder folder;
  const std::string text = head +
                           "sweep: {over: {systems.mb.temperature: [1.5, 2], "
                           "policy: {slow: {pipeline.explore.steps: 5}, fast: {}}}}\n";
  const auto names = [&](const std::vector<Override>& overrides) {
    std::vector<std::string> out;
    const Workflow workflow = sound(folder, text, overrides);
    for (const SweepPoint& point : workflow.sweep->points) out.push_back(point.name);
    return out;
  };
  CHECK(names({{"sweep.over.systems.mb.temperature", "[2]"}, {"sweep.over.policy.slow", "~"}}) ==
        std::vector<std::string>{"systems.mb.temperature=2,policy=fast"});
  CHECK(names({{"sweep.over.systems.mb.temperature", "~"}}) == std::vector<std::string>{"policy=slow", "policy=fast"});
  CHECK(names({{"sweep.over.systems.mb.timestep", "[0.5]"}, {"sweep.over.policy", "~"}}).size() == 2);
  const Workflow longer = sound(folder, text, {{"sweep.over.policy.slow.pipeline.explore.steps", "77"}});
  CHECK(to_yaml(longer.sweep->points[0].workflow->resolved).find("steps: 77") != std::string::npos);
}

TEST_CASE("an axis of named values is narrowed by their names", "[unit]") {
  const TemporaryFolder folder;
  const Workflow workflow = sound(folder, head + block, {{"sweep.over.policy", "[warm, plain]"}});
  REQUIRE(workflow.sweep->points.size() == 8);
  CHECK(workflow.sweep->points[0].name == "policy=warm,kT=2,seed=7");
  CHECK(to_yaml(workflow.sweep->points[0].workflow->resolved).find("double_well") != std::string::npos);
  CHECK(sound(folder, head + block, {{"sweep.over.seed", "[3, 4, 5]"}}).sweep->points.size() == 18);  // {from, count}
  const WorkflowReading slip = read(folder, head + block, {{"sweep.over.policy", "[wram]"}});
  REQUIRE_FALSE(slip.errors.empty());
  CHECK(slip.errors[0].text() ==
        "--set sweep.over.policy=[wram]: sweep.over.policy: has no value of this name; allowed: plain, short or warm; "
        "did "
        "you mean 'warm'?");
}

TEST_CASE("the resolved sweep reads its points from their folders", "[unit]") {
  const TemporaryFolder folder;
  const Workflow workflow = sound(folder, head + block);
  for (const SweepPoint& point : workflow.sweep->points) {
    std::filesystem::create_directories(folder.path() / points_folder / point.name);
    write_file(folder.path() / points_folder / point.name / "resolved.yaml", to_yaml(point.workflow->resolved));
  }
  const std::string resolved = to_yaml(workflow.resolved);
  const Workflow again = sound(folder, resolved);
  CHECK(to_yaml(again.resolved) == resolved);
  REQUIRE(again.sweep->points.size() == 12);
  for (std::size_t p = 0; p < 12; ++p) {
    CHECK(again.sweep->points[p].name == workflow.sweep->points[p].name);
    CHECK(to_yaml(again.sweep->points[p].workflow->resolved) == to_yaml(workflow.sweep->points[p].workflow->resolved));
  }
  std::filesystem::remove(folder.path() / points_folder / workflow.sweep->points[3].name / "resolved.yaml");
  const WorkflowReading broken = read(folder, resolved, {});
  REQUIRE(broken.errors.size() == 1);
  CHECK(broken.errors[0].text().find("policy=plain,kT=3,seed=8") != std::string::npos);
}

TEST_CASE("a variable that only some points use is no reason for a warning", "[unit]") {
  const TemporaryFolder folder;
  const std::string text = R"(name: a
variables: {width: 1, other: 2, mean_over: steps}
systems: {mb: {potential: {type: harmonic, centre: [0]}, temperature: 1}}
pipeline: {explore: {simulate: mb}}
sweep:
  over: {steps: {few: {pipeline.explore.steps: 5}, wide: {systems.mb.potential: {type: double_well, width: "${width}"}}}}
  aggregate: {over: "${mean_over}"}
)";
  const WorkflowReading reading = read(folder, text, {});
  REQUIRE(reading.workflow);
  REQUIRE(reading.warnings.size() == 1);
  CHECK(reading.warnings[0].path == "variables.other");
}
