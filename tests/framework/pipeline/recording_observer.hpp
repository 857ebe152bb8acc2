// SPDX-License-Identifier: MIT
// An observer that remembers what it was told.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "liftwell/pipeline/observer.hpp"

namespace liftwell::testing {

class RecordingObserver final : public RunObserver {
 public:
  /// "start windows.2", "warn windows.2", "finish windows.2" or "reuse windows.2", in the order told.
  [[nodiscard]] std::vector<std::string> log() const { return log_; }
  /// "loop 2 goes on: REASON" or "loop 3 ends: REASON".
  [[nodiscard]] std::vector<std::string> cycles() const { return cycles_; }
  [[nodiscard]] std::vector<StageRecord> records() const { return records_; }
  void clear() {
    log_.clear();
    cycles_.clear();
    records_.clear();
  }

  std::function<void()> on_finish = [] {};
  std::function<void()> on_progress = [] {};  ///< may be called from several threads at once

  void stage_started(const std::string& stage, int cycle, bool /*resumed*/) override { add("start", stage, cycle); }
  void stage_progress(const std::string&, int, double, double, std::string_view) override { on_progress(); }
  void stage_warned(const std::string& stage, int cycle, const std::string&) override { add("warn", stage, cycle); }
  void stage_finished(const StageRecord& record) override {
    add("finish", record.stage, record.cycle);
    const std::lock_guard lock(mutex_);
    records_.push_back(record);
    on_finish();
  }
  void stage_reused(const StageRecord& record) override { add("reuse", record.stage, record.cycle); }
  void stage_failed(const std::string& stage, int cycle, const std::string&) override { add("fail", stage, cycle); }
  void cycle_finished(const std::string& loop, int cycle, bool stop, const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    cycles_.push_back(fmt::format("{} {} {}: {}", loop, cycle, stop ? "ends" : "goes on", reason));
  }

 private:
  void add(const std::string& event, const std::string& stage, int cycle) {
    const std::lock_guard lock(mutex_);
    log_.push_back(fmt::format("{} {}.{}", event, stage, cycle));
  }

  std::mutex mutex_;
  std::vector<std::string> log_, cycles_;
  std::vector<StageRecord> records_;
};

}  // namespace liftwell::testing
