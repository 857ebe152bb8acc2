// SPDX-License-Identifier: MIT
// The rate of noising whose alpha is a cosine of the time.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <string>

namespace liftwell {

/// alpha(t) = cos(a)/cos(a_0) with a = a_0 + (a_1 - a_0) t and a_0 = (pi/2) s/(1 + s), s = 0.008 (Nichol and
/// Dhariwal, ICML 2021, arXiv 2102.09672, equation 17). There a_1 = pi/2, where the signal is gone and the noise level
/// infinite; here a_1 stops at a given noise level r_1, that is, at the log-SNR ln(alpha^2/sigma^2) = -2 ln r_1.
/// r^2 = (sigma/alpha)^2 = cos^2(a_0)/cos^2(a) - 1 = sin(a - a_0) sin(a + a_0)/cos^2(a), without cancellation.
class CosineRate {
 public:
  explicit CosineRate(double last_level) : span_(angle_at(last_level * last_level) - first_angle) {}

  /// beta = -2 d ln alpha/dt.
  [[nodiscard]] double rate(double t) const { return 2 * span_ * std::tan(angle(t)); }
  /// B(t), of which alpha = exp(-B/2).
  [[nodiscard]] double integral(double t) const {
    const double a = angle(t);
    return std::log1p(std::sin(a - first_angle) * std::sin(a + first_angle) / std::pow(std::cos(a), 2));
  }
  [[nodiscard]] double time_at(double integral) const { return (angle_at(std::expm1(integral)) - first_angle) / span_; }
  /// B(t) as a TorchScript expression in t.
  [[nodiscard]] std::string integral_script() const {
    return fmt::format(
        "torch.log1p(torch.sin({1:.17g} * t) * torch.sin({1:.17g} * t + {2:.17g}) / torch.cos({0:.17g} + "
        "{1:.17g} * t) ** 2)",
        first_angle, span_, 2 * first_angle);
  }

 private:
  static constexpr double offset = 0.008;
  static constexpr double first_angle = 0.5 * std::numbers::pi * offset / (1 + offset);

  [[nodiscard]] double angle(double t) const { return first_angle + span_ * t; }
  /// Of r^2: sin^2(a) = (r^2 + sin^2(a_0))/(1 + r^2).
  [[nodiscard]] static double angle_at(double squared_level) {
    return std::atan2(std::sqrt(squared_level + std::pow(std::sin(first_angle), 2)), std::cos(first_angle));
  }

  double span_;
};

}  // namespace liftwell
