// SPDX-License-Identifier: MIT
#include "liftwell/reporting/summary.hpp"

#include <algorithm>
#include <cmath>

#include "liftwell/reporting/html.hpp"
#include "liftwell/store/artifact.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/table_json.hpp"

namespace liftwell {
namespace fs = std::filesystem;
using Json = nlohmann::json;
namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json numbers(const Vector& values) {
  Json out = Json::array();
  for (const double value : values) out.push_back(number(value));
  return out;
}

Json rows(const Matrix& matrix) {
  Json out = Json::array();
  for (Index i = 0; i < matrix.rows(); ++i) out.push_back(numbers(matrix.row(i)));
  return out;
}

void add_free_energy(Json& json, const std::string& stage, const FreeEnergy& f) {
  Json entry{{"coarse", f.coarse},
             {"estimator", f.estimator},
             {"points", rows(f.points)},
             {"F", numbers(f.values)},
             {"stderr", numbers(f.standard_errors)},
             {"unit", f.unit},
             {"notes", f.notes}};
  if (!f.coarse_units.empty()) entry["coarse_units"] = f.coarse_units;
  if (f.reference.size() > 0) entry["exact"] = numbers(f.reference);
  json["free_energy"][stage] = std::move(entry);
  for (const FreeEnergyDifference& d : f.differences) {
    Json difference{{"name", d.name},
                    {"stage", stage},
                    {"value", number(d.value)},
                    {"stderr", number(d.standard_error)},
                    {"unit", f.unit}};
    if (d.reference) difference["exact"] = number(*d.reference);
    json["free_energy_differences"].push_back(std::move(difference));
  }
}

Json starts_entry(const Starts& starts) {
  Json out = Json::array();
  for (std::size_t t = 0; t < starts.proposed.size(); ++t) {
    Json origins = Json::array();
    for (std::size_t i = 0; i < starts.target.size(); ++i)
      if (starts.target[i] == static_cast<Index>(t)) origins.push_back(starts.origin[i]);
    out.push_back(
        {{"target", starts.targets.rows() > static_cast<Index>(t) ? numbers(starts.targets.row(static_cast<Index>(t)))
                                                                  : Json::array()},
         {"origin", std::move(origins)},
         {"proposed", starts.proposed[t]},
         {"accepted", starts.accepted[t]},
         {"rejected", starts.rejected[t]}});
  }
  return out;
}

Json consistency_entry(const Findings& findings) {
  Json out = Json::object();
  for (const auto& [key, value] : findings.values) out[key] = number(value);
  Json targets = Json::array();
  for (const TargetFinding& finding : findings.targets) {
    Json target = Json::array();
    for (const double value : finding.target) target.push_back(number(value));
    Json values = Json::object();
    for (const auto& [key, value] : finding.values) values[key] = number(value);
    targets.push_back({{"coarse", finding.coarse}, {"target", std::move(target)}, {"values", std::move(values)}});
  }
  out["targets"] = std::move(targets);
  return out;
}

/// Throws what nlohmann::json throws unless the entries are those of an earlier attempt.
void require_stages(const Json& stages) {
  for (const Json& stage : stages.get<std::vector<Json>>()) {
    for (const char* text : {"stage", "artifact"}) (void)stage.at(text).get<std::string>();
    for (const char* number : {"cycle", "wall_s", "force_evaluations", "train_steps", "score_evaluations"})
      (void)stage.at(number).get<double>();
    for (const Json& table : stage.at("tables")) (void)table_from(table);
  }
}

}  // namespace

RunSummary::RunSummary(fs::path run_folder, const std::string& workflow_name) : folder_(std::move(run_folder)) {
  if (fs::exists(folder_ / "summary.json")) {
    try {
      json_ = Json::parse(read_file(folder_ / "summary.json"));
      earlier_wall_s_ = json_.at("totals").at("wall_s");
      require_stages(json_.at("stages"));
    } catch (const Json::exception&) {
      json_ = Json::object();  // results are read from the artifacts again; only timings are lost
      earlier_wall_s_ = 0;
    }
  }
  json_["status"] = "running";
  json_["workflow"] = workflow_name;
  if (!json_.contains("stages")) json_["stages"] = Json::array();
  for (const char* key : {"loops", "free_energy_differences"}) json_[key] = Json::array();
  for (const char* key : {"free_energy", "consistency", "starts"}) json_[key] = Json::object();
  json_["totals"] = {
      {"wall_s", earlier_wall_s_}, {"force_evaluations", 0}, {"train_steps", 0}, {"score_evaluations", 0}};
  json_.erase("message");
}

void RunSummary::add(const StageRecord& record) {
  const std::lock_guard lock(mutex_);
  Json entry{{"stage", record.stage},
             {"cycle", record.cycle},
             {"verb", record.verb},
             {"artifact", record.artifact},
             {"wall_s", record.wall_s},
             {"force_evaluations", record.counts.force_evaluations},
             {"train_steps", record.counts.train_steps},
             {"score_evaluations", record.counts.score_evaluations},
             {"warnings", record.warnings},
             {"facts", record.facts},
             {"tables", Json::array()}};
  for (const Table& table : record.tables) entry["tables"].push_back(to_json(table));
  auto& stages = json_["stages"];
  const auto same = std::find_if(stages.begin(), stages.end(), [&](const Json& other) {
    return other["stage"] == record.stage && other["cycle"] == record.cycle;
  });
  if (same != stages.end())
    *same = std::move(entry);
  else
    stages.push_back(std::move(entry));
  // Kept up to date all along: a run that is killed loses the time of the stage in flight only.
  update_totals();
  save();
}

void RunSummary::add_reused(const StageRecord& record) {
  {
    const std::lock_guard lock(mutex_);
    const auto& stages = json_["stages"];
    const bool known = std::any_of(stages.begin(), stages.end(), [&](const Json& other) {
      return other["stage"] == record.stage && other["cycle"] == record.cycle;
    });
    if (known) return;
  }
  add(record);
}

void RunSummary::add(const LoopOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  json_["loops"].push_back({{"loop", outcome.loop},
                            {"cycles", outcome.cycles},
                            {"converged", outcome.converged},
                            {"rule", outcome.rule.empty() ? Json() : Json(outcome.rule)},
                            {"reason", outcome.reason}});
}

void RunSummary::set_status(const std::string& status, const std::string& message) {
  const std::lock_guard lock(mutex_);
  json_["status"] = status;
  if (!message.empty()) json_["message"] = message;
}

void RunSummary::set_wall_time(double seconds) {
  const std::lock_guard lock(mutex_);
  json_["totals"]["wall_s"] = earlier_wall_s_ + seconds;
}

void RunSummary::update_totals() {
  auto& totals = json_["totals"];
  totals["wall_s"] = earlier_wall_s_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  for (const char* count : {"force_evaluations", "train_steps", "score_evaluations"}) {
    std::int64_t sum = 0;
    for (const Json& stage : json_["stages"]) sum += stage[count].get<std::int64_t>();
    totals[count] = sum;
  }
}

void RunSummary::save() const {
  write_file(folder_ / "summary.json", json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void RunSummary::collect_results() {
  const std::lock_guard lock(mutex_);
  const double wall_s = json_["totals"]["wall_s"];
  update_totals();
  json_["totals"]["wall_s"] = wall_s;
  // The last execution of each stage is the result; earlier ones stay in their artifacts.
  std::map<std::string, Json> last;
  for (const Json& stage : json_["stages"]) {
    const std::string name = stage["stage"];
    if (!last.contains(name) || last[name]["cycle"].get<int>() < stage["cycle"].get<int>()) last[name] = stage;
  }
  json_["free_energy_differences"] = Json::array();
  for (const auto& [name, stage] : last) {
    const fs::path folder = artifact_folder(folder_, stage["cycle"], name);
    if (!fs::exists(folder)) continue;
    const std::string type = stage["artifact"];
    if (type == FreeEnergy::type_name)
      add_free_energy(json_, name, *load_artifact<FreeEnergy>(folder));
    else if (type == Starts::type_name)
      json_["starts"][name] = starts_entry(*load_artifact<Starts>(folder));
    else if (type == Findings::type_name)
      json_["consistency"][name] = consistency_entry(*load_artifact<Findings>(folder));
  }
}

Json RunSummary::json() const {
  const std::lock_guard lock(mutex_);
  return json_;
}

void RunSummary::write() const {
  const std::lock_guard lock(mutex_);
  save();
}

std::map<std::string, std::vector<std::string>> engines_of(const Json& summary) {
  std::map<std::string, std::vector<std::string>> out;
  for (const Json& stage : html::at(summary, "stages"))
    if (const Json& engine = html::at(html::at(stage, "facts"), "engine"); engine.is_string()) {
      std::vector<std::string>& stages = out[engine.get<std::string>()];
      if (const std::string name = html::text(stage, "stage");
          std::find(stages.begin(), stages.end(), name) == stages.end())
        stages.push_back(name);
    }
  return out;
}

}  // namespace liftwell
