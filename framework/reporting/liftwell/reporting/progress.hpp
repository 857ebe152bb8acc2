// SPDX-License-Identifier: MIT
// What a person sees on standard error while a run goes on.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "liftwell/reporting/progress_meter.hpp"

namespace liftwell {

/// A live bar per active stage on a terminal; elsewhere plain lines when a stage starts and ends and
/// at most every ten seconds between. Thread-safe.
class ProgressDisplay {
 public:
  enum class Style { terminal, plain, quiet, silent };  ///< silent: not even what is important
  /// Terminal when standard error is one, plain otherwise.
  static Style detect(bool quiet);

  explicit ProgressDisplay(Style style);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// `resumed` as in ProgressMeter.
  void started(const std::string& stage, int cycle, bool resumed = false);
  void progress(const std::string& stage, int cycle, double done, double planned, std::string_view unit);
  void finished(const std::string& stage, int cycle, double wall_s);
  /// A line of its own, above the bars. Shown when quiet only if `important`.
  void message(const std::string& text, bool important = false);

 private:
  using Clock = ProgressMeter::Clock;
  struct Active {
    ProgressMeter meter;
    Clock::time_point spoken;
  };
  /// Takes the bars away, writes `text`, and draws the bars again below it.
  void show(const std::string& text);
  [[nodiscard]] std::string line(const std::string& name, const Active& active, Clock::time_point now) const;

  Style style_;
  bool colour_ = false;
  std::mutex mutex_;
  std::map<std::string, Active> active_;
  int drawn_ = 0;  ///< lines of bars now on the screen
  Clock::time_point last_draw_{};
};

}  // namespace liftwell
