// SPDX-License-Identifier: MIT
#include "liftwell/reporting/progress_meter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace liftwell {

ProgressMeter::ProgressMeter(bool resumed, Clock::time_point start) : start_(start), awaits_first_(resumed) {}

void ProgressMeter::report(double done, double planned, std::string_view unit) {
  if (!std::isfinite(done) || !std::isfinite(planned)) return;
  planned_ = std::max(0.0, planned);
  done_ = std::clamp(done, done_, std::max(done_, planned_));
  if (awaits_first_) first_ = done_;
  awaits_first_ = false;
  if (unit_ != unit) unit_ = unit;
}

double ProgressMeter::fraction() const { return planned_ > 0 ? std::min(1.0, done_ / planned_) : 0; }

double ProgressMeter::rate(Clock::time_point now) const {
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  return elapsed > 0 ? gained() / elapsed : 0;
}

double ProgressMeter::seconds_left(Clock::time_point now) const {
  const double speed = rate(now);
  return speed > 0 ? std::max(0.0, planned_ - done_) / speed : std::numeric_limits<double>::infinity();
}

}  // namespace liftwell
