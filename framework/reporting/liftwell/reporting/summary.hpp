// SPDX-License-Identifier: MIT
// summary.json: the results of a run in one place. Keys are documented in schemas/summary.schema.json.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "liftwell/pipeline/engine.hpp"
#include "liftwell/pipeline/observer.hpp"

namespace liftwell {

class RunSummary {
 public:
  /// Takes up the records of an interrupted run where summary.json already exists.
  RunSummary(std::filesystem::path run_folder, const std::string& workflow_name);

  /// Replaces the record of the same stage and cycle, sums the totals up and writes the file. Thread-safe.
  void add(const StageRecord& record);
  /// For a finished output found on disk: its entry stays, and is made where it was lost.
  void add_reused(const StageRecord& record);
  void add(const LoopOutcome& outcome);
  /// "running", "done", "not_converged", "interrupted" or "failed", with a message for the last.
  void set_status(const std::string& status, const std::string& message = {});
  /// Wall time of this process so far is added to what earlier attempts took.
  void set_wall_time(double seconds);
  /// Reads the results (free energies, findings, starts) from the artifacts on disk.
  void collect_results();
  [[nodiscard]] nlohmann::json json() const;
  void write() const;

 private:
  void update_totals();
  void save() const;

  std::filesystem::path folder_;
  nlohmann::json json_;
  double earlier_wall_s_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
};

/// What computed the forces of stages, in words ("OpenMM platform Reference"), with the stages that say so.
[[nodiscard]] std::map<std::string, std::vector<std::string>> engines_of(const nlohmann::json& summary);

}  // namespace liftwell
