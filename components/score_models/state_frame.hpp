// SPDX-License-Identifier: MIT
// Standardised coordinates of states that follow the coarse value.
#pragma once

#include <string>
#include <vector>

#include "affine_coarse.hpp"
#include "label_basis.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/store/hdf5.hpp"

namespace liftwell {

/// x = origin + H z + W f,   f = μ(z) + (s(z) ⊙ y, 0).
///
/// W has orthonormal columns: the principal axes of what is left of the states when their mean given z is
/// taken off. μ (linear in z plus splines) and s (splines of the variance) follow the coarse value, so
/// that y given z has mean 0 and variance 1 at every z, and a network need not learn how the states move
/// and narrow with z, only their shape. Directions in which states do not vary once z is known (constant
/// coordinates, constraints, ξ itself where labels carry no noise) have a mean and no y: they are not
/// generated. With `hold`, z is ξ(x) itself: H z is the part of x that ξ fixes and W spans the rest, so
/// states made from y have ξ(x) = z to rounding.
///
/// Periodic coordinates are angles: on axes of their own, with the same μ and s at every z (s such that y is
/// in radians), and states are made in the period around 0.
///
/// States have d numbers, labels k, W d columns (d − k where ξ is held), and y has m of them, the first.
class StateFrame {
 public:
  struct Choice {
    bool follow = true;  ///< μ and s depend on z; else they are constants
    bool rotate = true;  ///< principal axes; else W are the coordinate axes (or the complement of ξ)
    Vector periods;      ///< d, 0: not periodic; or empty where none is
  };

  StateFrame() = default;
  /// Fits to states (n x d) with labels (n x k). `held` is null, or the coarse variables that are held.
  StateFrame(const FloatMatrix& states, const FloatMatrix& labels, const Vector& period, const AffineCoarse* held,
             const Choice& choice);

  [[nodiscard]] Index dimension() const { return axes_.rows(); }
  [[nodiscard]] Index generated() const { return variances_.cols(); }
  [[nodiscard]] Index labels() const { return hold_.cols(); }
  [[nodiscard]] bool holds() const { return held_; }
  /// Those of y that are angles.
  [[nodiscard]] const std::vector<Index>& angles() const { return angles_; }

  /// f of x, all columns of W.
  [[nodiscard]] Matrix features_of(const Matrix& states, const Matrix& labels) const;
  /// μ(z) for all columns of W, s(z) for the generated ones.
  void place(const double* label, Vector& mean, Vector& scale) const;
  [[nodiscard]] Matrix standardised(const Matrix& states, const Matrix& labels) const;
  [[nodiscard]] Matrix states_of(const Matrix& standardised, const Matrix& labels) const;
  /// Σ ln s(z) per row: ln p(x | z) = ln p(y | z) − this.
  [[nodiscard]] Vector log_volume(const Matrix& labels) const;

  void save(Hdf5Writer& out) const;
  [[nodiscard]] static StateFrame load(const Hdf5Reader& in);

  /// TorchScript: frame_features(self, x, z), frame_mean(self, z) and frame_scale(self, z) of what is generated, n x m,
  /// and the tensors they use.
  struct Tensor {
    std::string name;
    Matrix values;
  };
  [[nodiscard]] std::string script() const;
  [[nodiscard]] std::vector<Tensor> tensors() const;

 private:
  void fit_means(const Matrix& features, const FloatMatrix& labels);
  void note_angles();
  void fit_scales(const Matrix& residuals, const FloatMatrix& labels);
  void turn(const Matrix& residuals);
  /// Period of the coordinate that axis j lies along, or 0. Throws InputError when it lies across one.
  [[nodiscard]] double period_along(Index j) const;
  void order_by_variation(const FloatMatrix& states, const Matrix& features, Matrix& residuals);
  [[nodiscard]] Matrix residuals_of(const Matrix& features, const FloatMatrix& labels) const;

  bool held_ = false;
  Vector origin_;  ///< d
  Matrix hold_;    ///< d x k
  Matrix axes_;    ///< W
  Matrix range_;   ///< k x 2, of the splines
  Vector period_;  ///< k
  LabelBasis basis_;
  Matrix slopes_;         ///< k x columns of W
  Matrix means_;          ///< splines x columns of W
  Matrix variances_;      ///< splines x m
  Vector state_periods_;  ///< d; 0: not periodic
  std::vector<Index> angles_;
};

}  // namespace liftwell
