// SPDX-License-Identifier: MIT
// Numbers as they are told.
#pragma once

#include <cmath>

namespace liftwell {

/// The first two digits of x, not below 0, so that what is below a limit is written below it.
inline double two_digits_down(double x) {
  if (!(x > 0)) return 0;
  const double unit = std::pow(10, std::floor(std::log10(x)) - 1);
  return std::floor(x / unit + 1e-9) * unit;
}

}  // namespace liftwell
