// SPDX-License-Identifier: MIT
// summary.json of a sweep: its points and what is made of their results.
#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/data/table.hpp"

namespace liftwell {

/// How far a point is: the status in its own summary.json, or "waiting" where it has none.
struct PointState {
  std::string status = "waiting";
  std::string message;       ///< of a failure
  std::size_t warnings = 0;  ///< that its stages gave
  [[nodiscard]] bool finished() const { return status == "done" || status == "not_converged"; }
};

/// Where the run of a point is.
[[nodiscard]] std::filesystem::path point_folder(const std::filesystem::path& sweep_folder, const SweepPoint& point);

class SweepSummary {
 public:
  /// Reads what the points' folders say; neither must change while this lives.
  SweepSummary(std::filesystem::path folder, const Workflow& workflow);

  [[nodiscard]] PointState state(std::size_t point) const;
  /// Reads the point's summary.json again and writes the sweep's. `failure` is what ended it, "" for
  /// nothing. Thread-safe.
  PointState update(std::size_t point, const std::string& failure);

  /// Evaluates all aggregates, writes tables/NAME.csv, and returns the tables.
  std::vector<Table> aggregate();
  void finish(const std::string& status, const std::string& message);

 private:
  void read(std::size_t point);
  void save();

  std::filesystem::path folder_;
  const Workflow& workflow_;
  nlohmann::json json_;
  std::vector<nlohmann::json> results_;  ///< summary.json of each point; null without one
  double earlier_wall_s_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
};

}  // namespace liftwell
