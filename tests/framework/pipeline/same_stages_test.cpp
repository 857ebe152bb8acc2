// SPDX-License-Identifier: MIT
// Which stages of a changed workflow come out as before.
#include "liftwell/pipeline/same_stages.hpp"

#include <catch2/catch.hpp>

#include "liftwell/pipeline/graph.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using liftwell::testing::TemporaryFolder;
using Names = std::set<std::string>;

namespace {

const std::string text = R"(name: w
seed: 3
systems:
  s: {potential: {type: harmonic, centre: [0]}, temperature: 1, integrator: {type: leimkuhler_matthews, timestep: 0.01}}
coarse_variables: {x: {type: coordinate, index: 0}}
biases: {window: {type: harmonic, on: x, stiffness: 10}}
pipeline:
  start: {reinitialize: {type: single_structure, position: [0]}, system: s}
  explore: {simulate: s, starts: start, steps: 100}
  cycle:
    repeat: {at_most: 3}
    stages:
      centres: {targets: {type: grid, on: x, low: -1, high: 1, count: 3}}
      seeds:
        reinitialize: {type: nearest_frame}
        system: s
        at: centres
        bias: window
        data: [explore, windows@previous]
        per_target: 2
      windows: {simulate: s, starts: seeds, bias: window, steps: 100}
  profile: {estimate: {type: mbar}, data: windows@all, on: x, low: -1, high: 1, bins: 8}
  hist: {estimate: {type: histogram}, data: explore, on: x, low: -1, high: 1, bins: 8}
)";

Workflow read(const std::filesystem::path& folder, const std::string& yaml, const std::vector<Override>& overrides) {
  write_file(folder / "w.yaml", yaml);
  WorkflowReading reading = read_workflow(folder / "w.yaml", overrides);
  for (const Diagnostic& error : reading.errors) UNSCOPED_INFO(error.text());
  REQUIRE(reading.workflow);
  return std::move(*reading.workflow);
}

/// The stages that these changes leave as they are.
Names same_after(const std::vector<Override>& overrides) {
  const TemporaryFolder folder;
  return same_stages(read(folder.path(), text, overrides), folder.path(), read(folder.path(), text, {}), folder.path());
}

std::string atom(const std::string& x) {
  return "ATOM      1  C   ALA A   1       " + x + "   2.000   3.000  1.00  0.00           C\nEND\n";
}

const Names all{"start", "explore", "centres", "seeds", "windows", "profile", "hist"};

Names without(const Names& changed) {
  Names out = all;
  for (const std::string& name : changed) out.erase(name);
  return out;
}

}  // namespace

TEST_CASE("stages are the same up to what was changed and what reads of it", "[unit]") {
  CHECK(same_after({}) == all);
  CHECK(same_after({{"name", "other"}, {"description", "other"}}) == all);
  CHECK(same_after({{"pipeline.profile.bins", "9"}}) == without({"profile"}));
  CHECK(same_after({{"pipeline.explore.steps", "200"}}) ==
        without({"explore", "hist", "centres", "seeds", "windows", "profile"}));
  CHECK(same_after({{"pipeline.cycle.repeat.at_most", "4"}}) == without({"centres", "seeds", "windows", "profile"}));
  CHECK(same_after({{"pipeline.cycle.stages.windows.steps", "200"}}) ==
        without({"centres", "seeds", "windows", "profile"}));
}

TEST_CASE("what a stage uses by name counts with everything in it", "[unit]") {
  CHECK(same_after({{"biases.window.stiffness", "11"}}) == without({"centres", "seeds", "windows", "profile"}));
  CHECK(same_after({{"systems.s.integrator.timestep", "0.02"}}).empty());
  CHECK(same_after({{"seed", "4"}}).empty());
}

TEST_CASE("a file counts by its contents, whatever it is called", "[unit]") {
  const std::string with_file =
      "name: w\nsystems:\n  s: {potential: {type: harmonic, centre: [0, 0, 0]}, temperature: 1, integrator: {type: "
      "leimkuhler_matthews, timestep: 0.01}}\npipeline:\n  start: {reinitialize: {type: single_structure, file: ";
  const TemporaryFolder one, other;
  for (const TemporaryFolder* folder : {&one, &other}) std::filesystem::create_directory(folder->path() / "inputs");
  write_file(one.path() / "inputs/a.pdb", atom("1.000"));
  write_file(other.path() / "inputs/b.pdb", atom("1.000"));
  const Workflow before = read(one.path(), with_file + "inputs/a.pdb}, system: s}\n", {});
  const Workflow now = read(other.path(), with_file + "inputs/b.pdb}, system: s}\n", {});
  CHECK(same_stages(now, other.path(), before, one.path()) == Names{"start"});
  write_file(other.path() / "inputs/b.pdb", atom("1.500"));
  CHECK(same_stages(now, other.path(), before, one.path()).empty());
}

TEST_CASE("a plug-in counts by its contents, for every stage", "[unit]") {
  const TemporaryFolder one, other;
  const auto with_plugin = [](const TemporaryFolder& folder, const std::string& contents) {
    std::filesystem::create_directories(folder.path() / "inputs");
    write_file(folder.path() / "inputs/a.so", contents);
    Workflow workflow = read(folder.path(), text, {});
    Node plugins(Node::Kind::sequence);
    plugins.items.push_back(Node::scalar("inputs/a.so"));
    workflow.resolved.entries.push_back({"plugins", {}, std::move(plugins)});
    return workflow;
  };
  const Workflow before = with_plugin(one, "one");
  CHECK(same_stages(with_plugin(other, "one"), other.path(), before, one.path()) == all);
  CHECK(same_stages(with_plugin(other, "two"), other.path(), before, one.path()).empty());
}
