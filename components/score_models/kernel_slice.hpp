// SPDX-License-Identifier: MIT
// The kernel estimate of a law and its score from weighted points.
#pragma once

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// p(y; r) = Σ_i w_i N(y; y_i, ρ² I), ρ² = r² + h²: the law of points y_i that are smoothed with a normal
/// kernel of width h, after noise of level r. Because h adds to the noise, scores of all levels belong to one
/// law, whose density the probability flow carries. With shares p_i ∝ w_i N(y; y_i, ρ² I),
///   s(y; r) = (Σ_i p_i y_i − y)/ρ²,   ∂s/∂y = (Cov_p[y_i]/ρ² − I)/ρ².
/// The sums run over all points, in double precision and relative to the largest term. Their order, and so
/// every bit, depends on the points alone.
class KernelSlice {
 public:
  /// Points are n x dimension; log weights need not be normalised. A negative `smoothing` asks for
  /// silverman_width of the weights.
  KernelSlice(const Matrix& points, const Vector& log_weights, double smoothing);

  [[nodiscard]] Index size() const { return points_.rows(); }
  [[nodiscard]] double smoothing() const { return smoothing_; }
  [[nodiscard]] double effective_size() const { return effective_size_; }

  /// Score and log density at one y, and the work space of both.
  struct Point {
    double log_density = 0;
    double variance = 0;  ///< ρ²
    Vector score, mean;
    Eigen::ArrayXd shares, projected;
  };
  void evaluate(const Vector& y, double noise_level, Point& out) const;
  /// (∂score/∂y) direction, at a point that was evaluated.
  void along(Point& point, const Vector& direction, Vector& out) const;

 private:
  Eigen::MatrixXd points_;  ///< coordinates are contiguous
  Eigen::ArrayXd log_weights_;
  double effective_size_;
  double smoothing_;
};

/// Silverman's rule for `count` independent points of unit variance in `dimension` dimensions,
/// (4/((d + 2) n))^(1/(d + 4)): Density Estimation (1986), equation 4.14. Best for one normal law; narrow
/// branches of a law with several are smeared out by it.
[[nodiscard]] double silverman_width(double count, Index dimension);

}  // namespace liftwell
