// SPDX-License-Identifier: MIT
// Passes on what the engine says: to the terminal, to events.jsonl and to summary.json.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/pipeline/observer.hpp"
#include "liftwell/reporting/event_log.hpp"
#include "liftwell/reporting/progress.hpp"
#include "liftwell/reporting/summary.hpp"

namespace liftwell {

class SessionObserver final : public RunObserver {
 public:
  SessionObserver(std::filesystem::path folder, RunSummary& summary, ProgressDisplay::Style display);

  void stage_started(const std::string& stage, int cycle, bool resumed) override;
  void stage_progress(const std::string& stage, int cycle, double done, double planned, std::string_view unit) override;
  void stage_warned(const std::string& stage, int cycle, const std::string& message) override;
  void stage_finished(const StageRecord& record) override;
  void stage_reused(const StageRecord& record) override;
  void stage_failed(const std::string& stage, int cycle, const std::string& message) override;
  void cycle_finished(const std::string& loop, int cycle, bool stop, const std::string& reason) override;

  /// Whether there is a result to show, of this attempt or an earlier one.
  [[nodiscard]] bool any_finished() const { return finished_ > 0; }
  /// What stages failed of while others went on.
  [[nodiscard]] std::vector<std::string> failures() const;

  void ended(const std::string& status, const std::string& message);
  /// The tables of the last execution of every stage, and what each stage cost, to standard output.
  void print_results(const Workflow& workflow) const;

 private:
  struct Logged {
    ProgressMeter meter;
    ProgressMeter::Clock::time_point last{};
    bool complete = false;
  };

  std::filesystem::path folder_;
  RunSummary& summary_;
  ProgressDisplay display_;
  EventLog log_;
  std::mutex mutex_;
  std::map<std::string, Logged> logged_;  ///< by stage
  std::atomic<int> finished_ = 0;
  mutable std::mutex failures_mutex_;
  std::vector<std::string> failures_;
};

}  // namespace liftwell
