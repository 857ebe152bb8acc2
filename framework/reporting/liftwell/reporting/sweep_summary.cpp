// SPDX-License-Identifier: MIT
#include "liftwell/reporting/sweep_summary.hpp"

#include <array>
#include <set>

#include "liftwell/base/error.hpp"
#include "liftwell/families/aggregate.hpp"
#include "liftwell/reporting/chart_figure.hpp"
#include "liftwell/reporting/html.hpp"
#include "liftwell/reporting/summary_value.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/table_json.hpp"

namespace liftwell {
namespace fs = std::filesystem;
using Json = nlohmann::json;
namespace {

constexpr std::array counts{"force_evaluations", "train_steps", "score_evaluations"};

Json parsed(const fs::path& file) {
  if (!fs::exists(file)) return nullptr;
  Json json = Json::parse(read_file(file), nullptr, false);
  return json.is_object() ? json : Json(nullptr);
}

/// The results that going on would not change. A failure leaves those of the stages that did not need what failed, but
/// neither totals, nor what the stages of a loop had found by then.
Json final_results(Json summary) {
  const std::string status = html::text(summary, "status");
  if (PointState{.status = status}.finished()) return summary;
  if (status != "failed") return nullptr;
  summary.erase("totals");
  std::set<std::string> looping;
  for (const Json& stage : html::at(summary, "stages"))
    if (stage.value("cycle", 0) > 0) looping.insert(html::text(stage, "stage"));
  for (auto& [key, section] : summary.items()) {
    if (section.is_object())
      for (const std::string& stage : looping) section.erase(stage);
    if (!section.is_array()) continue;
    Json kept = Json::array();
    for (Json& entry : section)
      if (looping.count(html::text(entry, "stage")) == 0) kept.push_back(std::move(entry));
    section = std::move(kept);
  }
  return summary;
}

}  // namespace

fs::path point_folder(const fs::path& sweep_folder, const SweepPoint& point) {
  return sweep_folder / points_folder / point.name;
}

SweepSummary::SweepSummary(fs::path folder, const Workflow& workflow)
    : folder_(std::move(folder)), workflow_(workflow), results_(workflow.sweep->points.size()) {
  earlier_wall_s_ = html::real(html::at(html::at(parsed(folder_ / "summary.json"), "totals"), "wall_s"));
  if (!(earlier_wall_s_ >= 0)) earlier_wall_s_ = 0;
  json_ = {{"status", "running"}, {"workflow", workflow.name}, {"totals", Json::object()}, {"points", Json::array()}};
  for (const char* key : {"stages", "loops", "free_energy_differences"}) json_[key] = Json::array();
  for (const char* key : {"free_energy", "consistency", "starts", "aggregates"}) json_[key] = Json::object();
  for (const SweepPoint& point : workflow.sweep->points) {
    Json values = Json::object();
    for (std::size_t a = 0; a < point.values.size(); ++a) values[workflow.sweep->axes[a].name] = point.values[a];
    json_["points"].push_back({{"point", point.name}, {"values", std::move(values)}});
  }
  for (std::size_t p = 0; p < results_.size(); ++p) read(p);
  save();
}

void SweepSummary::read(std::size_t point) {
  results_[point] = parsed(point_folder(folder_, workflow_.sweep->points[point]) / "summary.json");
  const Json& result = results_[point];
  Json& entry = json_["points"][point];
  entry["status"] = result.is_null() ? "waiting" : html::text(result, "status");
  entry["totals"] = result.is_null() ? Json::object() : html::at(result, "totals");
  std::size_t warnings = 0;
  for (const Json& stage : html::at(result, "stages")) warnings += html::at(stage, "warnings").size();
  entry["warnings"] = warnings;
  entry.erase("message");
  if (const std::string message = html::text(result, "message"); !message.empty()) entry["message"] = message;
}

PointState SweepSummary::state(std::size_t point) const {
  const std::lock_guard lock(mutex_);
  const Json& entry = json_["points"][point];
  return {html::text(entry, "status"), html::text(entry, "message"), entry["warnings"].get<std::size_t>()};
}

PointState SweepSummary::update(std::size_t point, const std::string& failure) {
  {
    const std::lock_guard lock(mutex_);
    read(point);
    Json& entry = json_["points"][point];
    // What ended the point may have kept it from writing its own summary.
    if (!failure.empty() && entry["status"] != "interrupted") entry["status"] = "failed";
    if (!failure.empty()) entry["message"] = failure;
    save();
  }
  return state(point);
}

void SweepSummary::save() {
  Json& totals = json_["totals"];
  totals["wall_s"] = earlier_wall_s_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  for (const char* count : counts) {
    std::int64_t sum = 0;
    for (const Json& point : json_["points"]) sum += point["totals"].value(count, std::int64_t{0});
    totals[count] = sum;
  }
  write_file(folder_ / "summary.json", json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<Table> SweepSummary::aggregate() {
  const std::lock_guard lock(mutex_);
  SweepResults results{workflow_.sweep->axes, {}};
  std::vector<Json> final;
  for (const Json& result : results_) final.push_back(final_results(result));
  for (std::size_t p = 0; p < results_.size(); ++p) {
    const std::string status = html::text(json_["points"][p], "status");
    results.points.push_back({workflow_.sweep->points[p].values, PointState{.status = status}.finished(),
                              [&summary = final[p]](const std::string& place) { return find_result(summary, place); }});
  }
  std::vector<Table> tables;
  std::error_code failure;
  if (!workflow_.sweep->aggregates.empty()) fs::create_directories(folder_ / "tables", failure);
  if (failure) throw StorageError("cannot create " + (folder_ / "tables").string() + ": " + failure.message());
  for (const auto& configured : workflow_.sweep->aggregates) {
    const std::string& name = configured->name;
    Aggregated made;
    try {
      made = build<Aggregate>(*configured)->evaluate(name, results);
    } catch (const InputError& error) {  // known only now; the points and the others stand
      json_["aggregates"][name] = {{"type", configured->declaration->name}, {"error", error.what()}};
      tables.push_back({"No table of '" + name + "': " + error.what(), {}, {}});
      continue;
    }
    json_["aggregates"][name] = {
        {"type", configured->declaration->name}, {"table", to_json(made.table)}, {"chart", to_json(made.chart)}};
    write_file(folder_ / "tables" / (name + ".csv"), to_csv(made.table));
    tables.push_back(std::move(made.table));
  }
  return tables;
}

void SweepSummary::finish(const std::string& status, const std::string& message) {
  const std::lock_guard lock(mutex_);
  json_["status"] = status;
  if (!message.empty()) json_["message"] = message;
  save();
}

}  // namespace liftwell
