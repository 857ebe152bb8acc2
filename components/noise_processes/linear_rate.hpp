// SPDX-License-Identifier: MIT
// A rate of noising that grows linearly in t: what the variance-preserving processes share.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace liftwell {

/// beta(t) = beta_min + (beta_max - beta_min) t, with its integral B(t) from 0.
class LinearRate {
 public:
  LinearRate(double beta_min, double beta_max) : beta_min_(beta_min), slope_(beta_max - beta_min) {}

  [[nodiscard]] double rate(double t) const { return beta_min_ + slope_ * t; }
  [[nodiscard]] double integral(double t) const { return t * (beta_min_ + 0.5 * slope_ * t); }
  [[nodiscard]] double time_at(double integral) const {
    return 2 * integral / (beta_min_ + std::sqrt(beta_min_ * beta_min_ + 2 * slope_ * integral));
  }
  /// B(t) as a TorchScript expression in t.
  [[nodiscard]] std::string integral_script() const {
    return fmt::format("(t * ({:.17g} + t * {:.17g}))", beta_min_, 0.5 * slope_);
  }

 private:
  double beta_min_;
  double slope_;
};

}  // namespace liftwell
