// SPDX-License-Identifier: MIT
#include "liftwell/reporting/summary.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "liftwell/store/artifact.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::testing;
using Json = nlohmann::json;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// What schemas/summary.schema.json has against `summary`; "" when nothing.
std::string objections(const Json& summary) {
  static const Json document = Json::parse(read_file(fs::path(LIFTWELL_SOURCE_DIR) / "schemas/summary.schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(document), schema);
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(summary), &results)) return {};
  std::ostringstream out;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& step : error.context) out << step;
    out << ": " << error.description << "\n";
  }
  return out.str();
}

StageRecord record(const TemporaryFolder& run, const std::string& stage, int cycle, const std::string& artifact) {
  StageRecord out;
  out.stage = stage;
  out.cycle = cycle;
  out.verb = "verb";
  out.artifact = artifact;
  out.folder = artifact_folder(run.path(), cycle, stage);
  out.wall_s = 0.5;
  out.counts = {1000, 20, 300};
  fs::create_directories(out.folder);
  return out;
}

/// A run of two cycles with one stage of each kind that has results.
void add_results(const TemporaryFolder& run, RunSummary& summary) {
  for (int cycle = 1; cycle <= 2; ++cycle) {
    StageRecord profile = record(run, "profile", cycle, "free_energy");
    profile.warnings = {"window 3 has not mixed"};
    profile.tables = {{"F", {{"x", "length", 2}}, {{nan}, {infinity}, {1.5}}}};
    FreeEnergy f;
    f.estimator = "mbar";
    f.coarse = {"x"};
    f.points = Matrix{{0}, {1}};
    f.values = Vector::Zero(2);
    f.values << 0, nan;
    f.standard_errors = Vector::Constant(2, infinity);
    f.reference = Vector::Constant(2, 0.5);
    f.differences = {{"right against left", 30.0 + cycle, 1.0, 35.564}, {"unseen", nan, nan, {}}};
    save_artifact(profile.folder, f);
    summary.add(profile);

    const StageRecord starts_record = record(run, "starts", cycle, "starts");
    Starts starts;
    starts.coarse = {"x"};
    starts.targets = Matrix{{-0.5}, {0.5}};
    starts.target = {0, 1, 1};
    starts.states = Matrix(3, 2);
    starts.states.setZero();
    starts.origin = {"drawn sample 1", "drawn sample 2", "drawn sample 3"};
    starts.proposed = {4, 4};
    starts.accepted = {1, 2};
    starts.rejected = {{{"energy", 3}}, {{"energy", 1}, {"coarse tolerance", 1}}};
    save_artifact(starts_record.folder, starts);
    summary.add(starts_record);

    const StageRecord check = record(run, "check", cycle, "diagnostics");
    Findings findings;
    findings.values = {{"label_error.mean", 0.01 * cycle}, {"energy_distance.p_value", nan}};
    findings.targets = {{{"x"}, {-0.5}, {{"label_error.mean", 0.02 * cycle}, {"energy_distance.p_value", nan}}},
                        {{"x"}, {0.5}, {{"label_error.mean", 0}, {"starts.rejected.energy", 3}}}};
    save_artifact(check.folder, findings);
    summary.add(check);
  }
  summary.add({"loop", 2, true, "standard error of delta_f is 0.28, below 0.3"});
  summary.set_status("done");
  summary.collect_results();
}

}  // namespace

TEST_CASE("a summary fits its schema at every moment of a run", "[unit]") {
  const TemporaryFolder run;
  RunSummary summary(run.path(), "example");
  summary.write();
  CHECK(objections(Json::parse(read_file(run / "summary.json"))) == "");
  add_results(run, summary);
  CHECK(objections(Json::parse(read_file(run / "summary.json"))) == "");  // as the last finished stage left it
  summary.write();
  CHECK(objections(Json::parse(read_file(run / "summary.json"))) == "");
  summary.set_status("failed", "stage fit, cycle 2: the loss is not a number \xff");
  summary.write();
  CHECK(objections(Json::parse(read_file(run / "summary.json"))) == "");
}

TEST_CASE("the schema of summaries objects to what is wrong", "[unit]") {
  const TemporaryFolder run;
  RunSummary summary(run.path(), "example");
  add_results(run, summary);
  const Json good = summary.json();
  REQUIRE(objections(good) == "");
  const auto broken = [&](const char* pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    return !objections(bad).empty();
  };
  CHECK(broken("/status", "finished"));
  CHECK(broken("/totals/force_evaluations", 1.5));
  CHECK(broken("/free_energy/profile/F", "none"));
  CHECK(broken("/free_energy/profile/error", 1));
  CHECK(broken("/stages/0/cycle", -1));
  CHECK(broken("/starts/starts/0/origin", 3));
  CHECK(broken("/consistency/check/targets/0/target", 3));
  CHECK(broken("/consistency/check/targets/0/values/p", "small"));
}

TEST_CASE("results are those of the last cycle, and what is not a number is null", "[unit]") {
  const TemporaryFolder run;
  RunSummary summary(run.path(), "example");
  add_results(run, summary);
  const Json json = summary.json();
  CHECK(json["status"] == "done");
  CHECK(json["stages"].size() == 6);
  const Json& profile = json["free_energy"]["profile"];
  CHECK(profile["points"] == Json{{0.0}, {1.0}});
  CHECK(profile["F"] == Json{0.0, nullptr});
  CHECK(profile["stderr"] == Json{nullptr, nullptr});
  CHECK(profile["exact"] == Json{0.5, 0.5});
  REQUIRE(json["free_energy_differences"].size() == 2);
  CHECK(json["free_energy_differences"][0]["value"] == 32.0);
  CHECK(json["free_energy_differences"][0]["exact"] == 35.564);
  CHECK(json["free_energy_differences"][1]["value"].is_null());
  CHECK_FALSE(json["free_energy_differences"][1].contains("exact"));
  REQUIRE(json["starts"]["starts"].size() == 2);
  CHECK(json["starts"]["starts"][1]["target"] == Json{0.5});
  CHECK(json["starts"]["starts"][1]["origin"] == Json{"drawn sample 2", "drawn sample 3"});
  CHECK(json["starts"]["starts"][1]["rejected"]["coarse tolerance"] == 1);
  CHECK(json["consistency"]["check"]["label_error.mean"] == 0.02);
  const Json& targets = json["consistency"]["check"]["targets"];
  REQUIRE(targets.size() == 2);
  CHECK(targets[0]["coarse"] == Json{"x"});
  CHECK(targets[0]["target"] == Json{-0.5});
  CHECK(targets[0]["values"]["label_error.mean"] == 0.04);
  CHECK(targets[0]["values"]["energy_distance.p_value"].is_null());
  CHECK(targets[1]["values"]["starts.rejected.energy"] == 3);
}

TEST_CASE("totals are sums over all executions, on disk as soon as a stage ends", "[unit]") {
  const TemporaryFolder run;
  RunSummary summary(run.path(), "example");
  summary.add(record(run, "explore", 0, "ensemble"));
  summary.add(record(run, "windows", 1, "ensemble"));
  const Json totals = Json::parse(read_file(run / "summary.json"))["totals"];
  CHECK(totals["force_evaluations"] == 2000);
  CHECK(totals["train_steps"] == 40);
  CHECK(totals["score_evaluations"] == 600);
}

TEST_CASE("a resumed run keeps what was finished and replaces what is done again", "[unit]") {
  const TemporaryFolder run;
  {
    RunSummary first(run.path(), "example");
    first.add(record(run, "explore", 0, "ensemble"));
    first.add(record(run, "fit", 1, "score_model"));
    first.set_status("interrupted", "stopped by a signal");
    first.set_wall_time(100);
    first.write();
  }
  RunSummary second(run.path(), "example");
  CHECK(second.json()["status"] == "running");
  CHECK_FALSE(second.json().contains("message"));
  StageRecord again = record(run, "fit", 1, "score_model");
  again.wall_s = 7;
  second.add(again);
  second.set_wall_time(20);
  const Json json = second.json();
  REQUIRE(json["stages"].size() == 2);
  CHECK(json["stages"][1]["wall_s"] == 7);
  CHECK(json["totals"]["wall_s"] == 120);
  CHECK(json["totals"]["force_evaluations"] == 2000);
}

TEST_CASE("a summary that cannot be read does not stop a run", "[unit]") {
  const TemporaryFolder run;
  write_file(run / "summary.json",
             GENERATE(R"({"status": )", R"([1, 2])", R"({"totals": {"wall_s": 1}})",
                      R"({"totals": {"wall_s": 1}, "stages": 5})",
                      R"({"totals": {"wall_s": 1}, "stages": [{"stage": "explore", "cycle": "one"}]})"));
  RunSummary summary(run.path(), "example");
  CHECK(summary.json()["stages"].empty());
  CHECK(summary.json()["totals"]["wall_s"] == 0);
  CHECK_NOTHROW(summary.write());
}

TEST_CASE("a finished output is in the results even when its record was lost", "[unit]") {
  const TemporaryFolder run;
  RunSummary(run.path(), "example").add(record(run, "explore", 0, "ensemble"));
  RunSummary summary(run.path(), "example");
  StageRecord again = record(run, "explore", 0, "ensemble");
  again.wall_s = 0;
  summary.add_reused(again);
  summary.add_reused(record(run, "fit", 0, "score_model"));
  const Json stages = summary.json()["stages"];
  REQUIRE(stages.size() == 2);
  CHECK(stages[0]["wall_s"] == 0.5);
  CHECK(stages[1]["stage"] == "fit");
}
