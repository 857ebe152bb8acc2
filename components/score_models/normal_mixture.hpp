// SPDX-License-Identifier: MIT
// Mixtures of normal laws in closed form: conditioned on linear coarse variables, and diffused.
#pragma once

#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// p(y; r) = Σ_k w_k N(y; a_k, B_k + r² I): a mixture to which noise of level r was added. Each B_k is kept
/// as Q diag(λ) Qᵀ, so that a noise level costs no factorisation.
class DiffusedMixture {
 public:
  DiffusedMixture() = default;
  /// Log weights need not be normalised; means are components x dimension.
  DiffusedMixture(Vector log_weights, const Matrix& means, const std::vector<Matrix>& covariances);

  [[nodiscard]] Index dimension() const { return means_.cols(); }

  /// What score and derivatives are made of at one y and one r; also work space.
  struct Point {
    double log_density = 0;
    Vector score;
    Vector shares;        ///< of each component in p(y; r)
    Matrix pulls;         ///< components x dimension: the score of each
    Matrix turned;        ///< components x dimension: Q^T (y - a)
    double variance = 0;  ///< r^2
  };
  void evaluate(const Vector& y, double noise_level, Point& out) const;
  /// (∂score/∂y) direction, at a point that was evaluated.
  [[nodiscard]] Vector along(const Point& point, const Vector& direction) const;

 private:
  Vector log_weights_;
  Matrix means_;
  std::vector<Matrix> axes_;  ///< Q
  Matrix variances_;          ///< components x dimension: λ
};

/// The law of x given a coarse value, with the coordinates in which it has mean 0 and covariance 1:
///   x = origin + W (mean + L y).
/// W spans the directions in which x is free: all, or those that leave exactly held variables alone.
struct ConditionalMixture {
  Vector origin;
  Matrix free;               ///< W, dimension x generated, orthonormal columns
  Vector mean;               ///< generated
  Matrix factor;             ///< L, generated x generated, lower triangular
  Matrix whitening;          ///< L⁻¹
  DiffusedMixture standard;  ///< the law of y

  /// Of y, as DiffusedMixture has them.
  using Point = DiffusedMixture::Point;
  void evaluate(const Vector& y, double noise_level, Point& out) const { standard.evaluate(y, noise_level, out); }
  void along(const Point& point, const Vector& direction, Vector& out) const { out = standard.along(point, direction); }

  [[nodiscard]] Vector standardised(const Vector& state) const;
  [[nodiscard]] Vector state_of(const Vector& y) const;
  [[nodiscard]] double log_volume() const;  ///< ln det L
  /// ln p(x | z), counted in the coordinates of W, of the law whose y carry noise of this level: what draws
  /// that end at that level follow. Closed form, independent of the probability flow.
  [[nodiscard]] double log_density(const Vector& state, double noise_level) const;
};

/// x ~ Σ_k w_k N(m_k, C_k), observed as z = G x + b + σ n. Where a σ is 0 that variable is known exactly.
struct ObservedMixture {
  Vector weights;                   ///< any positive multiple
  Matrix means;                     ///< components x dimension
  std::vector<Matrix> covariances;  ///< dimension x dimension each
  Matrix slopes;                    ///< G, coarse x dimension
  Vector offset;                    ///< b
  Vector label_noise;               ///< σ

  [[nodiscard]] Index dimension() const { return means.cols(); }
  [[nodiscard]] Index coarse() const { return slopes.rows(); }
  [[nodiscard]] Index components() const { return weights.size(); }
  /// Rows: lowest and highest z that any component reaches with six standard deviations.
  [[nodiscard]] Matrix label_range() const;
  /// Bayes' rule for each component: Bishop, Pattern Recognition and Machine Learning (2006), equations
  /// 2.113-2.117; weights go with N(z; G m_k + b, G C_k G^T + diag σ²).
  [[nodiscard]] ConditionalMixture given(const Vector& label) const;
};

}  // namespace liftwell
