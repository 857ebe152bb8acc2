// SPDX-License-Identifier: MIT
#include "liftwell/cli/run_observer.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "liftwell/pipeline/graph.hpp"
#include "liftwell/store/table_json.hpp"

namespace liftwell {
namespace {

using Json = nlohmann::json;

/// What each stage cost over all its cycles.
Table cost_table(const Json& summary, const std::vector<std::string>& order) {
  Table table{"Cost",
              {{"stage", "", 0},
               {"runs", "", 0},
               {"wall time", "s", 2},
               {"force evaluations", "", 0},
               {"training steps", "", 0},
               {"score evaluations", "", 0}},
              {}};
  for (const std::string& name : order) {
    double runs = 0, wall = 0, forces = 0, steps = 0, scores = 0;
    for (const Json& stage : summary["stages"]) {
      if (stage["stage"] != name) continue;
      runs += 1;
      wall += stage["wall_s"].get<double>();
      forces += stage["force_evaluations"].get<double>();
      steps += stage["train_steps"].get<double>();
      scores += stage["score_evaluations"].get<double>();
    }
    table.rows.push_back({name, runs, wall, forces, steps, scores});
  }
  const Json& totals = summary["totals"];
  table.rows.push_back({std::string("total"), std::nan(""), totals["wall_s"].get<double>(),
                        totals["force_evaluations"].get<double>(), totals["train_steps"].get<double>(),
                        totals["score_evaluations"].get<double>()});
  return table;
}

/// "discover: stopped by frontier_exhausted after 7 cycles: REASON".
std::string ending(const Json& loop) {
  const Json& rule = loop["rule"];
  const std::string how = !loop["converged"].get<bool>() ? "NOT converged, no stop rule held"
                          : rule.is_string()             ? "stopped by " + rule.get<std::string>()
                                                         : "done";
  const int cycles = loop["cycles"].get<int>();
  return fmt::format("{}: {} after {} {}: {}", loop["loop"].get<std::string>(), how, cycles,
                     cycles == 1 ? "cycle" : "cycles", loop["reason"].get<std::string>());
}

}  // namespace

SessionObserver::SessionObserver(std::filesystem::path folder, RunSummary& summary, ProgressDisplay::Style display)
    : folder_(std::move(folder)), summary_(summary), display_(display), log_(folder_ / "events.jsonl") {
  log_.write("run_started", {});
  display_.message("run folder " + folder_.string());
}

void SessionObserver::stage_started(const std::string& stage, int cycle, bool resumed) {
  log_.write("stage_started", {{"stage", stage}, {"cycle", cycle}, {"resumed", resumed}});
  {
    const std::lock_guard lock(mutex_);
    logged_[stage] = {ProgressMeter(resumed)};
  }
  display_.started(stage, cycle, resumed);
}

void SessionObserver::stage_progress(const std::string& stage, int cycle, double done, double planned,
                                     std::string_view unit) {
  display_.progress(stage, cycle, done, planned, unit);
  const auto now = ProgressMeter::Clock::now();
  Json event;
  {
    const std::lock_guard lock(mutex_);
    Logged& logged = logged_[stage];
    logged.meter.report(done, planned, unit);
    // The first, the last, and at most one a second between.
    const bool complete = !logged.complete && logged.meter.fraction() >= 1;
    if (now - logged.last < std::chrono::seconds(1) && !complete) return;
    logged.last = now;
    logged.complete = logged.complete || complete;
    event = {{"stage", stage},
             {"cycle", cycle},
             {"done", logged.meter.done()},
             {"planned", logged.meter.planned()},
             {"unit", logged.meter.unit()},
             {"fraction", logged.meter.fraction()},
             {"rate", logged.meter.rate(now)}};
  }
  log_.write("progress", std::move(event));
}

void SessionObserver::stage_warned(const std::string& stage, int cycle, const std::string& message) {
  log_.write("warning", {{"stage", stage}, {"cycle", cycle}, {"message", message}});
  display_.message(fmt::format("warning: {}: {}", stage, message), true);
}

void SessionObserver::stage_finished(const StageRecord& record) {
  summary_.add(record);
  ++finished_;
  log_.write("stage_finished", {{"stage", record.stage}, {"cycle", record.cycle}, {"wall_s", record.wall_s}});
  display_.finished(record.stage, record.cycle, record.wall_s);
}

void SessionObserver::stage_reused(const StageRecord& record) {
  summary_.add_reused(record);
  ++finished_;
  log_.write("stage_reused", {{"stage", record.stage}, {"cycle", record.cycle}});
}

void SessionObserver::stage_failed(const std::string& stage, int cycle, const std::string& message) {
  log_.write("stage_failed", {{"stage", stage}, {"cycle", cycle}, {"message", message}});
  {
    const std::lock_guard lock(failures_mutex_);
    failures_.push_back(message);
  }
  display_.message(fmt::format("failed: {}; the stages that do not need it go on", message), true);
}

std::vector<std::string> SessionObserver::failures() const {
  const std::lock_guard lock(failures_mutex_);
  return failures_;
}

void SessionObserver::cycle_finished(const std::string& loop, int cycle, bool stop, const std::string& reason) {
  log_.write("cycle_finished", {{"loop", loop}, {"cycle", cycle}, {"stop", stop}, {"reason", reason}});
  display_.message(fmt::format("{}: cycle {} finished: {}", loop, cycle, reason));
}

void SessionObserver::ended(const std::string& status, const std::string& message) {
  log_.write("run_ended", {{"status", status}, {"message", message}});
}

/// As text, but for a matrix of many columns, which no terminal has room for.
static std::string shown(const Table& table) {
  constexpr std::size_t widest = 16;
  if (table.columns.size() <= widest) return table.text();
  return fmt::format("{}: {} rows of {} columns, in report.html and summary.json\n", table.title, table.rows.size(),
                     table.columns.size());
}

void SessionObserver::print_results(const Workflow& workflow) const {
  const Json summary = summary_.json();
  const auto order = stage_names(workflow);
  for (const std::string& name : order) {
    const Json* last = nullptr;
    for (const Json& stage : summary["stages"])
      if (stage["stage"] == name && (last == nullptr || (*last)["cycle"] < stage["cycle"])) last = &stage;
    if (last == nullptr) continue;
    for (const Json& json : (*last)["tables"]) {
      Table table = table_from(json);
      table.title = name + ": " + table.title;
      std::fputs((shown(table) + "\n").c_str(), stdout);
    }
    if (const auto estimate = summary["free_energy"].find(name); estimate != summary["free_energy"].end())
      for (const Json& note : (*estimate)["notes"])
        std::fputs(fmt::format("Note on {}: {}\n\n", name, note.get<std::string>()).c_str(), stdout);
  }
  std::fputs((cost_table(summary, order).text() + "\n").c_str(), stdout);
  for (const auto& [engine, stages] : engines_of(summary))
    std::fputs(fmt::format("{}: {}\n", fmt::join(stages, ", "), engine).c_str(), stdout);
  for (const Json& loop : summary["loops"]) std::fputs((ending(loop) + "\n").c_str(), stdout);
  std::fputs(fmt::format("Results: {}/summary.json, {}/report.html\n", folder_.string(), folder_.string()).c_str(),
             stdout);
}

}  // namespace liftwell
