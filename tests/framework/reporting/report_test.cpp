// SPDX-License-Identifier: MIT
#include "liftwell/reporting/report.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/reporting/markup.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "liftwell/reporting/html.hpp"
#include "liftwell/reporting/summary.hpp"
#include "liftwell/store/artifact.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/trajectory.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;

namespace {

/// A finished run of three cycles, made up, written by the code that real runs use.
class MadeUpRun {
 public:
  MadeUpRun() : summary_(folder_.path(), "made <up>") {
    const int cycles = 3;
    write_file(folder_ / "workflow.yaml", "name: \"made <up>\"\n");
    write_file(
        folder_ / "manifest.json",
        R"({"command": "liftwell run a.yaml", "seed": 7, "versions": {"liftwell": "0.1.0"}, "artifacts": {"artifacts/a.h5": "00ff"}})");
    for (int cycle = 1; cycle <= cycles; ++cycle) {
      free_energy(cycle);
      findings(cycle);
    }
    windows();
    draws();
    starts();
    nlohmann::json history = nlohmann::json::array();
    for (int step = 0; step <= 2000; step += 100)
      history.push_back({{"step", step}, {"loss", 1.0 / (1 + step)}, {"validation_loss", 1.1 / (1 + step)}});
    record("fit", cycles, "train", "score_model", {{"training_history", history}});
    const nlohmann::json points{{{"evaluations", 10}, {"distance", 0.1}}, {{"evaluations", 20}, {"distance", 0.02}}};
    const nlohmann::json curve{{"sampler", "heun"}, {"stochastic", true}, {"order", 2.3}, {"points", points}};
    save_artifact(record("orders", cycles, "converge", Findings::type_name,
                         {{"convergence", {{"floor", 0.01}, {"samplers", {curve}}}}}),
                  Findings{});
    summary_.add(LoopOutcome{"loop", cycles, true, "the standard error of profile is 0.4", "small_error"});
    summary_.add(LoopOutcome{"endless", cycles, false, "there are new targets", ""});
    summary_.add(LoopOutcome{"counted", cycles, true, "ran its 3 cycles", ""});
    summary_.set_status("done");
    summary_.set_wall_time(42.5);
    summary_.collect_results();
    summary_.write();
  }
  [[nodiscard]] const fs::path& path() const { return folder_.path(); }
  RunSummary& summary() { return summary_; }

 private:
  fs::path record(const std::string& stage, int cycle, const std::string& verb, const std::string& artifact,
                  nlohmann::json facts = nlohmann::json::object()) {
    StageRecord record;
    record.stage = stage;
    record.cycle = cycle;
    record.verb = verb;
    record.artifact = artifact;
    record.folder = artifact_folder(folder_.path(), cycle, stage);
    record.wall_s = 1.5 * cycle;
    record.counts.force_evaluations = 1234567;
    record.facts = std::move(facts);
    if (stage == "drawn") record.tables.push_back({"Shown by drawn", {{"answer", "", 1}}, {{42.0}}});
    if (stage == "windows") record.warnings.push_back("window 3 & 4 have not mixed");
    summary_.add(record);
    fs::create_directories(record.folder);
    return record.folder;
  }
  void free_energy(int cycle) {
    FreeEnergy f;
    f.estimator = "mbar";
    f.coarse = {"x"};
    f.thermal_energy = 15;
    f.points = Matrix(Vector::LinSpaced(30, -1, 1));
    f.reference = 100 * (f.points.col(0).array().square() - 0.5).square();
    f.values = f.reference.array() + 1.0 / cycle;
    f.standard_errors = Vector::Constant(30, 2.0 / cycle);
    f.values[29] = std::nan("");
    f.differences.push_back({"B - A", 35 + 2.0 / cycle, 1.5 / cycle, 35.564});
    save_artifact(record("profile", cycle, "estimate", FreeEnergy::type_name), f);
  }
  void findings(int cycle) {
    Findings findings;
    findings.values = {{"label_error.mean", 0.01 / cycle}, {"label_error.worst", std::nan("")}};
    Table table{
        "Draws against their targets", {{"target", "", 2}, {"label error", "sigma", 3}, {"verdict", "", 0}}, {}};
    table.rows = {{0.4, 0.01, std::string("good")}, {0.5, std::nan(""), std::string("a < b")}};
    findings.tables.push_back(std::move(table));
    save_artifact(record("checks", cycle, "diagnose", Findings::type_name), findings);
  }
  void windows() {
    const fs::path folder = record("windows", 3, "simulate", Ensemble::type_name);
    TrajectoryWriter writer(folder);
    const std::vector<float> positions(4 * 3, 0.25F);
    WalkerStates end;
    end.positions = Matrix::Constant(4, 3, 0.25);
    end.steps_done = 10;
    writer.write_segment(0, {0, 1, 4, 3, positions.data()}, end);
    EnsembleInfo info;
    info.stage = "windows";
    info.cycle = 3;
    info.dimension = 3;
    info.walkers = 4;
    info.frames = 1;
    info.steps = 10;
    info.stride = 10;
    info.centres = Matrix::Zero(1, 1);
    info.window = {0, 0, 0, 0};
    info.origin = {"a", "a", "a", "a"};
    writer.finish(info);
  }
  void draws() {
    Draws draws;
    draws.coarse = {"x"};
    draws.targets = Matrix{{0.4}, {0.5}};
    draws.states.resize(20, 3);
    for (Index i = 0; i < 20; ++i) {
      draws.target.push_back(i / 10);
      draws.states.row(i) << 0.4F + 0.1F * static_cast<float>(i / 10), 0.01F * static_cast<float>(i), 0;
    }
    save_artifact(record("drawn", 3, "sample", Draws::type_name), draws);
  }
  void starts() {
    Starts starts;
    starts.coarse = {"x"};
    starts.targets = Matrix{{0.4}, {0.5}};
    starts.target = {0, 0, 1};
    starts.states = Matrix::Zero(3, 3);
    starts.origin = {"drawn cycle 3 sample 1", "drawn cycle 3 sample 2", "windows cycle 2 walker 5 frame 1"};
    starts.proposed = {16, 16};
    starts.accepted = {2, 0};
    starts.rejected = {{{"coarse", 14}}, {{"coarse", 10}, {"energy", 6}}};
    save_artifact(record("starts", 3, "reinitialize", Starts::type_name), starts);
  }

  TemporaryFolder folder_;
  RunSummary summary_;
};

/// Where `value` is not as `schema` says: types, required and unknown keys, through all levels.
void compare(const nlohmann::json& value, nlohmann::json schema, const nlohmann::json& root, const std::string& path,
             std::vector<std::string>& wrong) {
  if (schema.contains("$ref"))
    schema = root.at(nlohmann::json::json_pointer(schema["$ref"].get<std::string>().substr(1)));
  const auto allowed = [&](const std::string& type) {
    const auto& types = schema["type"];
    return types.is_null() || types == type || (types.is_array() && std::count(types.begin(), types.end(), type) > 0);
  };
  const std::string type = value.type_name();
  if (!allowed(type) && !(value.is_number_integer() && allowed("integer")))
    wrong.push_back(path + " is of type " + type);
  if (schema.contains("enum") && std::count(schema["enum"].begin(), schema["enum"].end(), value) == 0)
    wrong.push_back(path + " is " + value.dump());
  if (value.is_array() && schema.contains("items"))
    for (const auto& entry : value) compare(entry, schema["items"], root, path + "[]", wrong);
  if (!value.is_object()) return;
  for (const auto& key : schema.value("required", nlohmann::json::array()))
    if (!value.contains(key.get<std::string>())) wrong.push_back(path + " has no " + key.get<std::string>());
  for (const auto& [key, entry] : value.items()) {
    const std::string place = path + "." + key;
    if (schema.contains("properties") && schema["properties"].contains(key))
      compare(entry, schema["properties"][key], root, place, wrong);
    else if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
      compare(entry, schema["additionalProperties"], root, place, wrong);
    else if (schema.contains("additionalProperties"))
      wrong.push_back(place + " is unknown");
  }
}

}  // namespace

TEST_CASE("summary.json is as its schema says", "[unit]") {
  MadeUpRun run;
  const auto schema =
      nlohmann::json::parse(read_file(fs::path(LIFTWELL_SOURCE_DIR) / "schemas" / "summary.schema.json"));
  std::vector<std::string> wrong;
  compare(nlohmann::json::parse(read_file(run.path() / "summary.json")), schema, schema, "summary", wrong);
  CHECK(wrong == std::vector<std::string>{});
  nlohmann::json other = run.summary().json();
  other["stages"][0]["colour"] = "red";
  other["totals"].erase("wall_s");
  other["status"] = "fine";
  other["free_energy"]["profile"]["F"][0] = "low";
  compare(other, schema, schema, "summary", wrong);
  CHECK(wrong == std::vector<std::string>{"summary.free_energy.profile.F[] is of type string",
                                          "summary.stages[].colour is unknown", "summary.status is \"fine\"",
                                          "summary.totals has no wall_s"});
}

TEST_CASE("a report holds everything a reader needs, and nothing from outside", "[unit]") {
  const MadeUpRun run;
  write_report(run.path());
  const std::string page = read_file(run.path() / "report.html");
  CHECK(page == build_report(run.path()));
  CHECK(well_formed(page) == "");
  for (const char* outside : {"<script", "<link", "<img", "@import", "url(", "<iframe", "src="})
    CHECK_FALSE(page.find(outside) != std::string::npos);
  // The only address is the name of the SVG vocabulary.
  std::size_t addresses = 0;
  for (std::size_t at = 0; (at = page.find("http", at)) != std::string::npos; ++at) ++addresses;
  std::size_t drawings = 0;
  for (std::size_t at = 0; (at = page.find("http://www.w3.org/2000/svg", at)) != std::string::npos; ++at) ++drawings;
  CHECK(addresses == drawings);

  const std::string text = text_of(page);
  for (const char* words : {"made &lt;up&gt;",
                            "Done",
                            "loop: 3 cycles; stopped by small_error: the standard error of profile is 0.4.",
                            "endless: 3 cycles; no stop rule held, the cycles ran out: there are new targets.",
                            "counted: 3 cycles; ran its 3 cycles.",
                            "ΔF B - A [energy]",
                            "35.67 ± 0.50",
                            "exact 35.564: 0.2 standard errors off",
                            "42.5 s",
                            "window 3 &amp; 4 have not mixed",
                            "Draws against their targets",
                            "a &lt; b",
                            "Shown by drawn",
                            "checks: label_error.mean",
                            "coarse × 10, energy × 6",
                            "drawn × 2",
                            "windows × 1",
                            "liftwell run a.yaml",
                            "00ff",
                            "liftwell 0.1.0",
                            "simulate",
                            "name: &quot;made &lt;up&gt;&quot;"})
    CHECK_THAT(text, Contains(words));
}

TEST_CASE("every figure is a file of its own as well", "[unit]") {
  const MadeUpRun run;
  write_report(run.path());
  const std::string page = read_file(run.path() / "report.html");
  for (const char* name : {"profile-free-energy.svg", "profile-history.svg", "profile-difference-1.svg",
                           "drawn-draws.svg", "fit-loss.svg", "orders-convergence.svg"}) {
    CAPTURE(name);
    REQUIRE(fs::exists(run.path() / "figures" / name));
    const std::string svg = read_file(run.path() / "figures" / name);
    CHECK(well_formed(svg) == "");
    CHECK_THAT(page, Contains(svg));
  }
}

TEST_CASE("a report of the same folder is the same to the byte", "[unit]") {
  const MadeUpRun run;
  CHECK(build_report(run.path()) == build_report(run.path()));
}

TEST_CASE("damaged and missing results are left out, and the page says so", "[unit]") {
  const MadeUpRun run;
  const fs::path profile = artifact_folder(run.path(), 3, "profile") / "free_energy.h5";
  const std::string bytes = read_file(profile);
  std::ofstream(profile, std::ios::binary | std::ios::trunc) << bytes.substr(0, bytes.size() / 2);
  fs::remove_all(artifact_folder(run.path(), 3, "drawn"));
  fs::remove(run.path() / "manifest.json");
  const std::string page = build_report(run.path());
  CHECK(well_formed(page) == "");
  CHECK_THAT(page, Contains("Left out of this page: ") && Contains("free_energy.h5"));
  CHECK_THAT(page, Contains("Free energy: profile, cycle 2"));
}

TEST_CASE("a run that has not finished has a report too", "[unit]") {
  MadeUpRun run;
  const auto status = GENERATE(as<std::string>{}, "running", "not_converged", "interrupted", "failed");
  run.summary().set_status(status, status == "failed" ? "in stage fit, cycle 2: the loss is not finite" : "");
  run.summary().write();
  const std::string page = build_report(run.path());
  CHECK_THAT(page, Contains("<code>" + status + "</code>"));
  CHECK((page.find("the loss is not finite") != std::string::npos) == (status == "failed"));

  const TemporaryFolder fresh;
  RunSummary(fresh.path(), "fresh").write();
  CHECK(well_formed(build_report(fresh.path())) == "");
}

TEST_CASE("a folder that is no run is a storage error", "[unit]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(write_report(folder.path()), folder.path().string() + " is no run folder: it has no summary.json");
  for (const char* contents : {"", "{\"status\": ", "[1, 2]", "{\"stages\": [3]}"}) {
    CAPTURE(contents);
    write_file(folder / "summary.json", contents);
    CHECK_THROWS_AS(write_report(folder.path()), StorageError);
    CHECK_FALSE(fs::exists(folder / "report.html"));
  }
}

TEST_CASE("numbers are written for people", "[unit]") {
  CHECK(html::with_error(35.5642, 1.063) == "35.6 ± 1.1");
  CHECK(html::with_error(-0.12345, 0.0123) == "−0.123 ± 0.012");
  CHECK(html::with_error(1234, 56) == "1234 ± 56");
  CHECK(html::with_error(std::nan(""), 1) == "–");
  CHECK(html::with_error(2, std::nan("")) == "2");
  CHECK(html::count(1234567) == "1\u202f234\u202f567");
  CHECK(html::count(nullptr) == "–");
  CHECK(html::number(-0.5) == "−0.5");
  CHECK(html::duration(0.0123) == "12 ms");
  CHECK(html::duration(245) == "4:05 min");
  CHECK(html::duration(7620) == "2:07 h");
}
