// SPDX-License-Identifier: MIT
// Windows taken for normal laws of one to three coarse variables.
#pragma once

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <optional>

#include "liftwell/data/matrix.hpp"
#include "liftwell/families/coarse_map.hpp"

namespace liftwell {

inline constexpr Index most_integrated = 3;  ///< coarse variables
using Place = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, most_integrated, 1>;
using PlaceMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, most_integrated, most_integrated>;

/// The law of ξ in one window. The mean is not folded into any period.
struct NormalWindow {
  double frames = 0;
  Place mean, skewness, excess_kurtosis;  ///< the last two are 0 where ξ is normal
  PlaceMatrix covariance, precision;
  double log_peak = 0;  ///< ln of frames × the density at the mean, but for the powers of 2π

  /// ξ − mean, on the circle where there is a period.
  [[nodiscard]] Place away(const Place& value, const CoarseMap& coarse) const {
    Place out(mean.size());
    for (Index k = 0; k < out.size(); ++k) out[k] = coarse.difference(k, value[k], mean[k]);
    return out;
  }
  /// Squared distance of ξ − mean in standard deviations.
  [[nodiscard]] double distance(const Place& away) const { return away.dot(precision * away); }
  /// ln of frames × the density at ξ − mean, but for the powers of 2π.
  [[nodiscard]] double log_weight(const Place& away) const { return log_peak - distance(away) / 2; }
  /// ∇ of γ He₃(z)/6 + κ He₄(z)/24 summed over the variables, z their distances from the mean in standard deviations:
  /// what skewness and excess kurtosis add to ln of the density, to first order (Edgeworth's series).
  [[nodiscard]] Place shape_slope(const Place& away) const {
    const auto sigma = covariance.diagonal().array().sqrt();
    const Place z = away.array() / sigma;
    return (skewness.array() / 2 * (z.array().square() - 1) +
            excess_kurtosis.array() / 6 * (z.array().cube() - 3 * z.array())) /
           sigma;
  }
};

/// Sums of ξ − origin and its powers over weighed frames.
class PowerSums {
 public:
  explicit PowerSums(Index variables)
      : first_(Place::Zero(variables)),
        third_(first_),
        fourth_(first_),
        second_(PlaceMatrix::Zero(variables, variables)) {}

  void add(const Place& value) {
    frames_ += 1;
    first_ += value;
    second_ += value * value.transpose();
    third_.array() += value.array().cube();
    fourth_.array() += value.array().square().square();
  }
  void add(const PowerSums& other, double weight) {
    frames_ += weight * other.frames_;
    first_ += weight * other.first_;
    second_ += weight * other.second_;
    third_ += weight * other.third_;
    fourth_ += weight * other.fourth_;
  }
  /// Nothing where the values do not spread in every direction.
  [[nodiscard]] std::optional<NormalWindow> window(const Place& origin) const {
    const Place mean = first_ / frames_;
    NormalWindow out{frames_, origin + mean, mean, mean, second_ / frames_ - mean * mean.transpose(), {}, 0};
    for (Index k = 0; k < mean.size(); ++k) {
      const double m = mean[k], variance = out.covariance(k, k);
      const double third = third_[k] / frames_ - 3 * m * second_(k, k) / frames_ + 2 * m * m * m;
      const double fourth =
          fourth_[k] / frames_ - 4 * m * third_[k] / frames_ + 6 * m * m * second_(k, k) / frames_ - 3 * m * m * m * m;
      out.skewness[k] = third / std::pow(variance, 1.5);
      out.excess_kurtosis[k] = fourth / (variance * variance) - 3;
    }
    // On a scale where every variable has variance 1: what is left of one when the others are known.
    const Place sigma = out.covariance.diagonal().array().sqrt();
    const PlaceMatrix correlation = sigma.asDiagonal().inverse() * out.covariance * sigma.asDiagonal().inverse();
    if (!(sigma.minCoeff() > 0) || !(correlation.determinant() > 1e-12)) return std::nullopt;
    out.precision = out.covariance.inverse();
    out.log_peak = std::log(frames_) - 0.5 * std::log(out.covariance.determinant());
    return out;
  }

 private:
  double frames_ = 0;
  Place first_, third_, fourth_;
  PlaceMatrix second_;
};

/// ∫ √(p q) of two normal laws whose means are `apart`: exp(−d²/8) for equal ones d standard deviations apart.
inline double bhattacharyya(const NormalWindow& p, const NormalWindow& q, const Place& apart) {
  const PlaceMatrix mean = (p.covariance + q.covariance) / 2;
  const double volumes = std::sqrt(p.covariance.determinant() * q.covariance.determinant()) / mean.determinant();
  return std::exp(-apart.dot(mean.inverse() * apart) / 8) * std::sqrt(volumes);
}

}  // namespace liftwell
