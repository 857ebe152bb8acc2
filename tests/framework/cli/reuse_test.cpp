// SPDX-License-Identifier: MIT
// A run that takes over what another has computed gives what it would give alone.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "liftwell/cli/run_session.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string text = R"(name: w
seed: 3
systems:
  s: {potential: {type: harmonic, centre: [0]}, temperature: 1, integrator: {type: leimkuhler_matthews, timestep: 0.01}}
coarse_variables: {x: {type: coordinate, index: 0}}
biases: {window: {type: harmonic, on: x, stiffness: 10}}
pipeline:
  start: {reinitialize: {type: single_structure, position: [0]}, system: s}
  explore: {simulate: s, starts: start, walkers_per_start: 4, steps: 100, stride: 2}
  cycle:
    repeat: {at_most: 2}
    stages:
      centres: {targets: {type: grid, on: x, low: -1, high: 1, count: 3}}
      seeds: {reinitialize: {type: nearest_frame}, system: s, at: centres, bias: window, data: explore, per_target: 2}
      windows: {simulate: s, starts: seeds, bias: window, steps: 200, stride: 2}
  profile: {estimate: {type: mbar, replicates: 5}, data: windows@all, on: x, low: -1, high: 1, bins: 8}
)";

struct Runs {
  TemporaryFolder folder;

  void run(const std::string& name, const std::vector<Override>& overrides, const std::string& reuse = {}) const {
    write_file(folder / "w.yaml", text);
    const WorkflowReading reading = read_workflow(folder / "w.yaml", overrides);
    for (const Diagnostic& error : reading.errors) UNSCOPED_INFO(error.text());
    REQUIRE(reading.workflow);
    RunRequest request{.file = folder / "w.yaml", .output = folder / name, .threads = 1, .quiet = true};
    if (!reuse.empty()) request.reuse = folder / reuse;
    run_workflow(*reading.workflow, request);
  }

  [[nodiscard]] nlohmann::json summary(const std::string& name) const {
    return nlohmann::json::parse(read_file(folder / name / "summary.json"));
  }

  /// What is in the artifacts of a run: files relative to it, with their fingerprints.
  [[nodiscard]] std::map<std::string, std::string> artifacts(const std::string& name) const {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder / name / "artifacts"))
      if (entry.is_regular_file()) out[fs::relative(entry.path(), folder / name)] = sha256_of(entry.path());
    return out;
  }

  [[nodiscard]] std::set<std::string> simulated(const std::string& name) const {
    std::set<std::string> out;
    std::ifstream events(folder / name / "events.jsonl");
    for (std::string line; std::getline(events, line);) {
      const auto event = nlohmann::json::parse(line);
      if (event["event"] == "stage_started") out.insert(event["stage"].get<std::string>());
    }
    return out;
  }
};

}  // namespace

TEST_CASE("a changed estimate takes the frames of an earlier run, and gives what it gives alone", "[unit]") {
  const Runs runs;
  const std::vector<Override> changed{{"pipeline.profile.bins", "10"}};
  runs.run("first", {});
  runs.run("alone", changed);
  runs.run("again", changed, "first");
  CHECK(runs.simulated("again") == std::set<std::string>{"profile"});
  CHECK(runs.artifacts("again") == runs.artifacts("alone"));
  const auto alone = runs.summary("alone"), again = runs.summary("again");
  CHECK(again["free_energy"] == alone["free_energy"]);
  CHECK(again["loops"] == alone["loops"]);
  CHECK(again["status"] == "done");
  CHECK(again["totals"]["force_evaluations"] == alone["totals"]["force_evaluations"]);
  CHECK(again["stages"].size() == alone["stages"].size());
}

TEST_CASE("what an earlier run did not finish, or made otherwise, is made anew", "[unit]") {
  const Runs runs;
  runs.run("first", {});
  fs::remove_all(runs.folder / "first" / "artifacts/002-cycle/windows");
  runs.run("again", {}, "first");
  CHECK(runs.simulated("again") == std::set<std::string>{"windows"});  // the profile was made from the same frames
  runs.run("alone", {});
  CHECK(runs.artifacts("again") == runs.artifacts("alone"));
  runs.run("stiff", {{"biases.window.stiffness", "20"}}, "first");
  CHECK(runs.simulated("stiff") == std::set<std::string>{"centres", "seeds", "windows", "profile"});
  runs.run("other", {{"seed", "4"}}, "first");
  CHECK(runs.simulated("other").size() == 6);
}

TEST_CASE("of a damaged run nothing is taken in silence", "[unit]") {
  const Runs runs;
  runs.run("first", {});
  const fs::path frames = runs.folder / "first" / "artifacts/000-cycle/explore";
  for (const auto& entry : fs::directory_iterator(frames)) std::ofstream(entry.path(), std::ios::app) << "x";
  CHECK_THROWS_WITH(runs.run("again", {}, "first"), Contains("explore") && Contains("to have it made again"));
  CHECK_THROWS_WITH(runs.run("nowhere", {}, "absent"), Contains("is not the folder of a liftwell run"));
}

TEST_CASE("what cannot be reused is said before there is a new folder", "[unit]") {
  const Runs runs;
  runs.run("first", {});
  write_file(runs.folder / "first" / "resolved.yaml", "name: w\npipelin: {}\n");
  CHECK_THROWS_WITH(runs.run("again", {}, "first"), Contains("its workflow cannot be read"));
  CHECK_FALSE(fs::exists(runs.folder / "again"));
  CHECK_THROWS_AS(runs.run("nowhere", {}, "absent"), InputError);
  CHECK_FALSE(fs::exists(runs.folder / "nowhere"));
}

TEST_CASE("nothing is taken of another version", "[unit]") {
  const Runs runs;
  runs.run("first", {});
  const fs::path manifest = runs.folder / "first" / "manifest.json";
  auto json = nlohmann::json::parse(read_file(manifest));
  json["versions"]["liftwell"] = "0.0.1";
  write_file(manifest, json.dump());
  runs.run("again", {}, "first");
  CHECK(runs.simulated("again").size() == 6);
}

TEST_CASE("counts of what was taken outlive an interruption", "[unit]") {
  const Runs runs;
  runs.run("first", {});
  runs.run("again", {}, "first");
  const auto before = runs.summary("first"), after = runs.summary("again");
  CHECK(after["totals"]["force_evaluations"] == before["totals"]["force_evaluations"]);
  // As if the copying had been cut short: entries without outputs are replaced, outputs are made.
  fs::remove_all(runs.folder / "again" / "artifacts/002-cycle/windows");
  fs::remove_all(runs.folder / "again" / "artifacts/000-cycle/profile");
  resume_run(runs.folder / "again", 1, true, "");
  CHECK(runs.summary("again")["totals"]["force_evaluations"] == before["totals"]["force_evaluations"]);
  CHECK(runs.artifacts("again") == runs.artifacts("first"));
}
