// SPDX-License-Identifier: MIT
// What the engine tells the outside while it runs. The engine itself prints nothing.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/data/table.hpp"
#include "liftwell/pipeline/stage_context.hpp"

namespace liftwell {

/// One finished execution of a stage.
struct StageRecord {
  std::string stage;
  int cycle = 0;
  std::string verb;              ///< "simulate"
  std::string artifact;          ///< type of the output
  std::filesystem::path folder;  ///< of the output
  double wall_s = 0;             ///< of this attempt, seconds
  StageCounts counts;
  std::vector<std::string> warnings;
  std::vector<Table> tables;
  nlohmann::json facts = nlohmann::json::object();
};

/// Called from several threads at once.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// `resumed`: goes on from what an earlier attempt left, so its progress does not begin at zero.
  virtual void stage_started(const std::string& stage, int cycle, bool resumed) = 0;
  virtual void stage_progress(const std::string& stage, int cycle, double done, double planned,
                              std::string_view unit) = 0;
  /// Called at once: it may be hours until the stage ends, and it may fail.
  virtual void stage_warned(const std::string& stage, int cycle, const std::string& message) = 0;
  /// Called before the output gets its final name: a record is never missing for finished work.
  virtual void stage_finished(const StageRecord& record) = 0;
  /// The output was found finished when a run was resumed: a record without costs, to be used where
  /// the one of the attempt that finished it is lost.
  virtual void stage_reused(const StageRecord& record) = 0;
  /// Called at once, while stages that do not need its output go on; the error itself comes at the end.
  virtual void stage_failed(const std::string& stage, int cycle, const std::string& message) = 0;
  virtual void cycle_finished(const std::string& loop, int cycle, bool stop, const std::string& reason) = 0;
};

}  // namespace liftwell
