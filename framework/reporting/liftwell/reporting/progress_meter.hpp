// SPDX-License-Identifier: MIT
// How far a stage is and how fast it goes: the numbers behind the bar and the events.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace liftwell {

/// Never negative, never not-a-number, whatever is reported: reports of parallel workers may arrive
/// out of order.
class ProgressMeter {
 public:
  using Clock = std::chrono::steady_clock;

  /// `resumed`: the stage goes on from what an earlier attempt left, and its first report says from where.
  explicit ProgressMeter(bool resumed = false, Clock::time_point start = Clock::now());

  void report(double done, double planned, std::string_view unit);

  [[nodiscard]] double done() const { return done_; }
  [[nodiscard]] double planned() const { return planned_; }
  [[nodiscard]] const std::string& unit() const { return unit_; }
  /// 0 to 1.
  [[nodiscard]] double fraction() const;
  /// Done in this attempt.
  [[nodiscard]] double gained() const { return done_ - first_; }
  /// Units per second, average of this attempt; 0 as long as nothing is done.
  [[nodiscard]] double rate(Clock::time_point now) const;
  /// Infinite while the rate is 0.
  [[nodiscard]] double seconds_left(Clock::time_point now) const;

 private:
  Clock::time_point start_;
  bool awaits_first_;  ///< the first report of a resumed stage is not work done in this attempt
  double first_ = 0, done_ = 0, planned_ = 0;
  std::string unit_;
};

}  // namespace liftwell
