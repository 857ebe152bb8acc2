// SPDX-License-Identifier: MIT
// Starts in whole runs: what is accepted, what is counted, and what happens when nothing passes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

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

/// Two wells at y = 2 and −2 with weights 0.8 and 0.2; the model puts half of its states in each.
std::string workflow(const std::string& centres, const std::string& correct, const std::string& starts) {
  return R"(name: starts
seed: 5
systems:
  wells:
    potential: {type: gaussian_mixture, weights: [0.8, 0.2], means: [[0, 2], [0, -2]], sigmas: [0.5], temperature: 1.5}
    temperature: 1.5
    integrator: {type: leimkuhler_matthews, timestep: 0.02}
coarse_variables:
  x: {type: coordinate, index: 0}
biases:
  window: {type: harmonic, on: x, stiffness: 6}
score_models:
  wrong: {type: mixture_oracle, noise: {type: variance_exploding, sigma_min: 0.001, sigma_max: 20}, weights: [1, 1],
          means: [[0.2, 2], [-0.1, -1.8]], sigmas: [[0.6, 0.7], [0.7, 0.6]], condition: x, label_noise: 0.5}
pipeline:
  begin: {reinitialize: {type: single_structure, position: [0, 2]}, system: wells}
  explore: {simulate: wells, starts: begin, walkers_per_start: 4, steps: 400, stride: 20}
  fit: {train: wrong, data: explore}
  centres: {targets: {type: list, on: x, values: )" +
         centres + R"(}}
  drawn: {sample: fit, at: centres, per_target: 40, sampler: {type: heun, steps: 20})" +
         correct + R"(}
  starts: {system: wells, at: centres, bias: window, per_target: 4, )" +
         starts + "}\n";
}

constexpr const char* weighed = ", correct: {system: wells, bias: window, chain: 0}";

WorkflowReading read(const TemporaryFolder& folder, const std::string& yaml) {
  write_file(folder / "w.yaml", yaml);
  return read_workflow(folder / "w.yaml", {}, Registry::global());
}

void run(const TemporaryFolder& folder, const std::string& yaml, const std::string& output = "run", int threads = 2) {
  const WorkflowReading reading = read(folder, yaml);
  for (const auto& error : reading.errors) UNSCOPED_INFO(error.message);
  REQUIRE(reading.errors.empty());
  run_workflow(*reading.workflow, {.file = folder / "w.yaml",
                                   .output = folder / output,
                                   .threads = threads,
                                   .quiet = true,
                                   .registry = &Registry::global()});
}

nlohmann::json summary_of(const TemporaryFolder& folder) {
  return nlohmann::json::parse(read_file(folder / "run" / "summary.json"));
}

const nlohmann::json& stage_of(const nlohmann::json& summary, const std::string& name) {
  for (const auto& stage : summary["stages"])
    if (stage["stage"] == name) return stage;
  FAIL("there is no stage " << name);
  return summary;
}

}  // namespace

TEST_CASE("What the gate refuses is counted by reason in the summary and in the report", "[unit]") {
  const TemporaryFolder folder;
  run(folder, workflow("[-0.4, 0.4]", weighed,
                       "reinitialize: {type: score_model}, from: drawn, accept: {metropolis: true, relax_steps: 50, "
                       "coarse_tolerance: 3 sigma, energy_window: 30 kT}"));
  const auto summary = summary_of(folder);
  const auto& windows = summary["starts"]["starts"];
  REQUIRE(windows.size() == 2);
  int metropolis = 0;
  for (const auto& window : windows) {
    CHECK(window["origin"].size() == 4);
    CHECK(window["proposed"] == 40);
    int rejected = 0;
    for (const auto& [reason, count] : window["rejected"].items()) rejected += count.get<int>();
    CHECK(window["accepted"].get<int>() + rejected == 40);
    metropolis += window["rejected"]["Metropolis"].get<int>();
  }
  CHECK(metropolis > 10);
  const auto& stage = stage_of(summary, "starts");
  CHECK(stage["facts"]["rejected"]["Metropolis"] == metropolis);
  CHECK_FALSE(stage["facts"].contains("targets_of_fallback"));
  // 4 states of each of 2 targets relax for 50 steps, and their energies are judged.
  CHECK(stage["force_evaluations"] == 2 * 4 * (50 + 1));
  CHECK_THAT(read_file(folder / "run" / "report.html"), Catch::Contains("Metropolis × "));
}

TEST_CASE("Starts do not depend on threads", "[unit]") {
  const TemporaryFolder folder;
  const std::string yaml = workflow("[-0.4, 0, 0.4]", weighed,
                                    "reinitialize: {type: score_model}, from: drawn, accept: {metropolis: true, "
                                    "relax_steps: 50}");
  run(folder, yaml, "one", 1);
  run(folder, yaml, "two", 2);
  CHECK(sha256_of(folder / "one/artifacts/000-cycle/starts/starts.h5") ==
        sha256_of(folder / "two/artifacts/000-cycle/starts/starts.h5"));
}

TEST_CASE("Where nothing passes, the fallback is asked, and what it gives goes through the same gate", "[unit]") {
  const TemporaryFolder folder;
  const std::string strict =
      "reinitialize: {type: score_model}, from: drawn, accept: {coarse_tolerance: 1.0e-6 sigma}, fallback: {type: "
      "single_structure, position: [-0.4, 2]}";
  run(folder, workflow("-0.4", "", strict));
  const auto summary = summary_of(folder);
  const auto& window = summary["starts"]["starts"][0];
  CHECK(window["rejected"] == nlohmann::json{{"coarse value", 40}});
  CHECK(window["accepted"] == 4);
  CHECK(window["origin"][0].get<std::string>().starts_with("single_structure"));
  CHECK(stage_of(summary, "starts")["facts"]["targets_of_fallback"] == 1);
  CHECK_THROWS_WITH(
      run(folder, workflow("[-0.4, 0.4]", "", strict), "other"),
      Catch::Contains("no start was accepted at target 0.4") && Catch::Contains("whose 'fallback' had no better ones"));
}

// They were filled up from the fallback as soon as another target had none at all.
TEST_CASE("Targets with a start of their own get none from the fallback", "[unit]") {
  const TemporaryFolder folder;
  run(folder, workflow("[-0.4, 1.6]", "",
                       "reinitialize: {type: single_structure, position: [-0.4, 2]}, from: drawn, accept: "
                       "{coarse_tolerance: 0.5 sigma, relax_steps: 3}, fallback: {type: score_model}"));
  const auto windows = summary_of(folder)["starts"]["starts"];
  REQUIRE(windows[0]["accepted"] > 0);
  REQUIRE(windows[0]["accepted"] < 4);
  for (const auto& origin : windows[0]["origin"]) CHECK(origin.get<std::string>().starts_with("single_structure"));
  for (const auto& origin : windows[1]["origin"]) CHECK(origin.get<std::string>().starts_with("score_model"));
}

TEST_CASE("Without a fallback the run stops, and says what was refused for what", "[unit]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(
      run(folder, workflow("[-0.4, 0.4]", "",
                           "reinitialize: {type: score_model}, from: drawn, accept: {coarse_tolerance: "
                           "1.0e-6 sigma}")),
      Catch::Contains(
          "no start was accepted at target -0.4 (40 proposed, rejected: 40 for 'coarse value'), nor at 0.4; "
          "widen 'accept' or give a 'fallback'"));
  CHECK(summary_of(folder)["status"] == "failed");
}

TEST_CASE("Metropolis acceptance without weights is refused", "[unit]") {
  const TemporaryFolder folder;
  const auto bare =
      read(folder, workflow("0", "", "reinitialize: {type: score_model}, from: drawn, accept: {metropolis: true}"));
  REQUIRE(bare.workflow);
  const Diagnostics found = check_pipeline(*bare.workflow);
  REQUIRE(found.size() == 1);
  CHECK_THAT(found.front().text(), Catch::Contains("those of 'drawn' do not") &&
                                       Catch::Contains("correct: {system: ..., bias: ..., chain: 0}"));
  CHECK_THAT(read(folder, workflow("0", "", "reinitialize: {type: score_model}, accept: {metropolis: true}"))
                 .errors.front()
                 .message,
             Catch::Contains("metropolis needs draws that carry weights"));
  const auto reading = read(folder, workflow("0", weighed,
                                             "reinitialize: {type: single_structure, position: [0, 2]}, from: drawn, "
                                             "accept: {metropolis: true}"));
  REQUIRE(reading.workflow);
  const Diagnostics errors = check_pipeline(*reading.workflow);
  REQUIRE_FALSE(errors.empty());
  CHECK_THAT(errors.front().message, Catch::Contains("'single_structure' uses none"));
}

}  // namespace liftwell
