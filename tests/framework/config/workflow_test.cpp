// SPDX-License-Identifier: MIT
#include "liftwell/config/workflow.hpp"

#include <catch2/catch.hpp>

#include "support/scratch_file.hpp"
#include "support/small_registry.hpp"

namespace liftwell {
namespace {

using testing::ScratchFolder;

const std::string whole = R"(name: whole
description: "Everything: at once"
seed: 18446744073709551615
variables: {kt: 15, n: 64, wells: [[0, 0], [1, 1.5]], tag: abc, pair: "${kt}${n}"}
potentials:
  low: &low {type: harmonic, centre: [0, -1e-4], stiffness: 1e20}
  wells: {type: mixture, centres: "${wells}", weights: {left: 1, right: 2}}
systems:
  mb: {potential: low, temperature: "${kt}", timestep: 1e-4}
  second: {potential: wells, temperature: "${pair}"}
  engine: {type: engine, file: "a ${tag} $${x}.xml"}
coarse_variables: {x: {type: coordinate, index: 0}}
biases:
  window: {type: spring, on: x, k: 200, cutoff: 3 sigma}
  both: {type: sum, of: [window, {type: spring, on: [x, {type: coordinate, index: 1, name: y}], stiffness: 2}]}
pipeline:
  explore: {simulate: mb, walkers: "${n}"}
  other: {simulate: engine, starts: explore}
  loop:
    repeat: {at_most: 5, until: {type: standard_error, below: 0.3, of: profile}}
    stages:
      windows: {simulate: second, bias: both, starts: [explore, windows@all], moves: {every: 7}}
      plain: {simulate: {potential: {<<: *low, stiffness: 2}, temperature: 1}, starts: windows@previous}
      profile: {estimate: mbar, data: windows@all}
)";

WorkflowReading read(const std::filesystem::path& file, const std::vector<Override>& overrides = {}) {
  return read_workflow(file, overrides, small::registry());
}

Workflow read_good(const std::filesystem::path& file, const std::vector<Override>& overrides = {}) {
  WorkflowReading reading = read(file, overrides);
  for (const Diagnostic& error : reading.errors) UNSCOPED_INFO(error.text());
  REQUIRE(reading.workflow);
  return std::move(*reading.workflow);
}

std::string text_at(const Node& root, const std::vector<std::string>& path) {
  const Node* node = &root;
  for (const std::string& key : path) {
    node = node->find(key);
    REQUIRE(node != nullptr);
  }
  return node->is_scalar() ? node->text : to_yaml(*node);
}

TEST_CASE("a resolved workflow reads back to itself", "[unit]") {
  const ScratchFolder folder;
  const Workflow first = read_good(folder.write("whole.yaml", whole));
  const std::string text = to_yaml(first.resolved);
  const Workflow second = read_good(folder.write("resolved.yaml", text));
  CHECK(to_yaml(second.resolved) == text);
  CHECK(second.seed == 18446744073709551615ULL);
  CHECK(second.description == "Everything: at once");
  CHECK(second.pipeline.size() == 3);
  CHECK(second.pipeline[2].loop->stages.size() == 3);
}

TEST_CASE("a resolved workflow gives no message about old keys", "[unit]") {
  const ScratchFolder folder;
  const Workflow first = read_good(folder.write("whole.yaml", whole));
  const WorkflowReading second = read(folder.write("resolved.yaml", to_yaml(first.resolved)));
  for (const Diagnostic& warning : second.warnings) CHECK_THAT(warning.text(), !Catch::Contains("now called"));
}

TEST_CASE("every default is in the resolved workflow and components stay under their names", "[unit]") {
  const ScratchFolder folder;
  const Node resolved = read_good(folder.write("whole.yaml", whole)).resolved;
  CHECK(text_at(resolved, {"systems", "mb", "type"}) == "langevin");
  CHECK(text_at(resolved, {"systems", "mb", "potential"}) == "low");
  CHECK(text_at(resolved, {"pipeline", "explore", "simulate"}) == "mb");
  CHECK(text_at(resolved, {"pipeline", "explore", "steps"}) == "1000");
  CHECK(text_at(resolved, {"pipeline", "explore", "moves", "every"}) == "100");
  CHECK(text_at(resolved, {"units"}) == "reduced");
}

TEST_CASE("a component's own YAML holds everything in place and keeps its names", "[unit]") {
  const ScratchFolder folder;
  const Workflow workflow = read_good(folder.write("whole.yaml", whole));
  const auto& bias = workflow.named.at("bias").at("both");
  const std::string text = to_yaml(bias->resolved);
  CHECK_THAT(text, Catch::Contains("name: x"));
  const auto again = configure("bias", text, small::registry());
  CHECK(again->name == "both");
  CHECK(to_yaml(again->resolved) == text);
}

TEST_CASE("a component that does not fit its declaration cannot be restored", "[unit]") {
  CHECK_THROWS_AS(configure("potential", "{type: harmonic, centre: [0], stiffness: -1}", small::registry()),
                  InputError);
  CHECK_THROWS_AS(configure("potential", "{type: harmonic", small::registry()), InputError);
}

TEST_CASE("stages collect the references of their components in the order read", "[unit]") {
  const ScratchFolder folder;
  const Workflow workflow = read_good(folder.write("whole.yaml", whole));
  const StageSpec& windows = workflow.pipeline[2].loop->stages[0];
  REQUIRE(windows.references.size() == 2);
  CHECK(windows.references[0].text() == "explore");
  CHECK(windows.references[1].text() == "windows@all");
  CHECK(windows.references[1].artifact_type == "ensemble");
  CHECK(windows.references[1].location.line == 22);
  CHECK(windows.stage->key_locations.at("bias").column == 41);
}

TEST_CASE("variables keep the kind of their value and are put into text", "[unit]") {
  const ScratchFolder folder;
  const Node resolved = read_good(folder.write("whole.yaml", whole)).resolved;
  CHECK(text_at(resolved, {"pipeline", "explore", "walkers"}) == "64");
  CHECK(text_at(resolved, {"potentials", "wells", "centres"}) == "[[0, 0], [1, 1.5]]\n");
  CHECK(text_at(resolved, {"systems", "second", "temperature"}) == "1564");
  CHECK(text_at(resolved, {"systems", "engine", "file"}) == "a abc $${x}.xml");
}

TEST_CASE("what is set on the command line wins over the file, and the last setting over earlier ones", "[unit]") {
  const ScratchFolder folder;
  const auto file = folder.write("whole.yaml", whole);
  const Node resolved = read_good(file, {{"variables.n", "7"},
                                         {"pipeline.loop.stages.windows.moves.every", "8"},
                                         {"pipeline.loop.stages.windows.moves.every", "9"},
                                         {"potentials.low.centre[1]", "2"},
                                         {"biases.window.cutoff", "~"},
                                         {"pipeline.explore.bias", "{type: sum, of: []}"},
                                         {"seed", "3"}})
                            .resolved;
  CHECK(text_at(resolved, {"pipeline", "explore", "walkers"}) == "7");
  CHECK(text_at(resolved, {"pipeline", "loop", "stages", "windows", "moves", "every"}) == "9");
  CHECK(text_at(resolved, {"potentials", "low", "centre"}) == "[0, 2]\n");
  CHECK(text_at(resolved, {"biases", "window", "cutoff"}) == "3");
  CHECK(text_at(resolved, {"pipeline", "explore", "bias", "type"}) == "sum");
  CHECK(text_at(resolved, {"seed"}) == "3");
}

TEST_CASE("a list that comes from a variable is set through the variable", "[unit]") {
  const ScratchFolder folder;
  const auto file = folder.write("whole.yaml", whole);
  const Node resolved = read_good(file, {{"variables.wells[0]", "[9, 9]"}}).resolved;
  CHECK(text_at(resolved, {"potentials", "wells", "centres"}) == "[[9, 9], [1, 1.5]]\n");
}

TEST_CASE("a file changes the one it extends key by key", "[unit]") {
  const ScratchFolder folder;
  folder.write("bases/whole.yaml", whole);
  folder.write("bases/middle.yaml", R"(extends: whole.yaml
pipeline:
  explore: {walkers: 3, steps: 20}
  other: ~
)");
  const auto file = folder.write("top.yaml", R"(extends: bases/middle.yaml
name: top
potentials:
  low: {centre: [7]}
  wells: {type: harmonic, centre: [0]}
pipeline:
  explore: {steps: 30}
)");
  const Workflow workflow = read_good(file);
  CHECK(workflow.name == "top");
  CHECK(workflow.files.size() == 3);
  CHECK(text_at(workflow.resolved, {"pipeline", "explore", "walkers"}) == "3");
  CHECK(text_at(workflow.resolved, {"pipeline", "explore", "steps"}) == "30");
  CHECK(text_at(workflow.resolved, {"potentials", "low", "centre"}) == "[7]\n");
  CHECK(text_at(workflow.resolved, {"potentials", "low", "stiffness"}) == "1e+20");
  CHECK(text_at(workflow.resolved, {"potentials", "wells", "type"}) == "harmonic");
  CHECK(workflow.resolved.find("pipeline")->find("other") == nullptr);
}

TEST_CASE("written units are turned into internal ones in molecular workflows", "[unit]") {
  const ScratchFolder folder;
  const auto file = folder.write("units.yaml", R"(name: units
units: molecular
systems:
  mb: {potential: {type: harmonic, centre: [1 angstrom, 2nm]}, temperature: 300 K, timestep: 2 fs}
pipeline:
  explore: {simulate: mb}
)");
  const Workflow workflow = read_good(file);
  CHECK(text_at(workflow.resolved, {"systems", "mb", "potential", "centre"}) == "[0.1, 2]\n");
  CHECK(text_at(workflow.resolved, {"systems", "mb", "timestep"}) == "0.002");
  CHECK(std::stod(text_at(workflow.resolved, {"systems", "mb", "temperature"})) == Approx(2.494338785));
}

TEST_CASE("a type without required options can be given by its bare name", "[unit]") {
  const ScratchFolder folder;
  const auto file = folder.write("bare.yaml", R"(name: bare
systems:
  mb: {potential: double_well, temperature: 1}
  chemistry: engine
pipeline:
  explore: {simulate: mb}
  other: {simulate: chemistry}
)");
  const Workflow workflow = read_good(file);
  CHECK(text_at(workflow.resolved, {"systems", "mb", "potential", "type"}) == "double_well");
}

TEST_CASE("a missing file and a folder are one clear line each", "[unit]") {
  const ScratchFolder folder;
  const WorkflowReading missing = read(folder.path() / "nowhere.yaml");
  REQUIRE(missing.errors.size() == 1);
  CHECK_THAT(missing.errors[0].text(), Catch::EndsWith("nowhere.yaml: there is no such file"));
  const WorkflowReading directory = read(folder.path());
  REQUIRE(directory.errors.size() == 1);
  CHECK_THAT(directory.errors[0].text(), Catch::EndsWith("is a folder, not a workflow file"));
}

TEST_CASE("a plug-in that is not there is an error at its place in the file", "[unit]") {
  const ScratchFolder folder;
  const auto file = folder.write("plug.yaml", "name: plug\nplugins: [libnowhere.so]\npipeline: {}\n");
  const WorkflowReading reading = read_workflow(file, {});
  REQUIRE_FALSE(reading.errors.empty());
  CHECK_THAT(reading.errors[0].text(), Catch::Contains("plug.yaml:2:11: plugins: plug-in"));
  CHECK_THAT(reading.errors[0].text(), Catch::EndsWith("cannot be loaded: there is no such file"));
}

TEST_CASE("variables in the list of plug-ins are those set on the command line", "[unit]") {
  const ScratchFolder folder;
  const auto file = folder.write("plug.yaml", R"(name: plug
variables: {library: libfirst.so}
plugins: ["${library}"]
pipeline: {only: {diagnose: []}}
)");
  const WorkflowReading set = read_workflow(file, {{"variables.library", "libsecond.so"}});
  REQUIRE_FALSE(set.errors.empty());
  CHECK_THAT(set.errors[0].text(), Catch::Contains("libsecond.so' cannot be loaded"));
  // A misspelt variable is not also a missing library.
  folder.write("plug.yaml", "name: plug\nplugins: [\"${librray}\"]\npipeline: {only: {diagnose: []}}\n");
  const WorkflowReading misspelt = read_workflow(file, {});
  for (const Diagnostic& error : misspelt.errors) CHECK_THAT(error.text(), !Catch::Contains("cannot be loaded"));
  CHECK_THAT(misspelt.errors[0].text(), Catch::Contains("librray"));
}

}  // namespace
}  // namespace liftwell
