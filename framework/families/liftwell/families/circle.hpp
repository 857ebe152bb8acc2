// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

namespace liftwell {

/// `value` moved by whole periods into [low, low + period); as it is where the period is 0.
[[nodiscard]] inline double folded(double value, double low, double period) {
  return period > 0 ? value - period * std::floor((value - low) / period) : value;
}

}  // namespace liftwell
