// SPDX-License-Identifier: MIT
// Distances between atoms that are held fixed, for eight walkers at a time.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "liftwell/data/block.hpp"
#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// |x_a − x_b| = distance (nm).
struct BondConstraint {
  Index a = 0, b = 0;
  double distance = 0;
};

/// One number for each of the lanes that are worked on together.
using Pack = Eigen::Array<double, lane_multiple, 1>;
using PackMap = Eigen::Map<Pack, Eigen::Aligned64>;
using ConstPackMap = Eigen::Map<const Pack, Eigen::Aligned64>;

/// Eight lanes of a block, from `first_lane` on: (d) is their coordinate d.
template <class Scalar, class Map>
class BasicPackColumn {
 public:
  BasicPackColumn(BasicBlock<Scalar> block, Index first_lane)
      : data_(block.data() + first_lane), stride_(block.lanes()) {}
  [[nodiscard]] Map operator()(Index d) const { return Map(data_ + d * stride_); }

 private:
  Scalar* data_;
  Index stride_;
};
using PackColumn = BasicPackColumn<double, PackMap>;
using ConstPackColumn = BasicPackColumn<const double, ConstPackMap>;

/// Constraints that share atoms form a cluster, within which multipliers are found together: with M the masses, J the
/// gradients of (|x_a − x_b|² − d²)/2 and G = J M⁻¹ Jᵀ,
///   velocities:  v −= M⁻¹ Jᵀ G⁻¹ J v                       (RATTLE: Andersen, J. Comput. Phys. 52, 24 (1983)),
///   positions:   x += M⁻¹ Jᵀ μ, μ = −G⁻¹ (|x_a − x_b|² − d²)/2, again and again until all distances are right, J and
///                G being those where the step began         (SHAKE: Ryckaert et al., J. Comput. Phys. 23, 327 (1977);
///                solved by clusters as in Kräutler et al., J. Comput. Chem. 22, 501 (2001), but with G kept).
/// G is factored once per step and serves both. Walkers whose distances are right are left alone to the bit, so that
/// none depends on the others. Holds work space: one object serves one thread.
class BondConstraints {
 public:
  /// Relative error of |x_a − x_b|² (root of the sum of squares over a cluster) at which distances count as right.
  static constexpr double tolerance = 1e-10;

  /// `inverse_masses`: 1/Da for each atom, 0 for those that never move.
  BondConstraints(const std::vector<BondConstraint>& constraints, Vector inverse_masses);

  [[nodiscard]] bool empty() const { return clusters_.empty(); }
  /// Constraints in the largest cluster: the work of a step grows with its square, and now and then its cube.
  [[nodiscard]] Index largest_cluster() const;

  /// Takes J and G from the positions `x`.
  void set_place(ConstPackColumn x);
  /// Takes from `v` what would change distances at the place that was set.
  void project(PackColumn v) const;
  /// Moves `x` along the bonds of the place that was set. With `v`, adds to it `velocity_per_length` times the
  /// displacement. A walker whose distances cannot be met is given positions that are not numbers.
  void restore(PackColumn x, const PackColumn* v, double velocity_per_length) const;

 private:
  struct Cluster {
    std::vector<BondConstraint> constraints;
    Matrix coupling;           ///< how the masses couple constraints: G_kl = coupling_kl s_k·s_l
    std::vector<Pack> bond;    ///< x, y, z of s_k = x_a − x_b
    std::vector<Pack> factor;  ///< L of G = L D Lᵀ below the diagonal, 1/D on it; row by row
  };

  template <Index N>
  struct Work;
  template <class Call>
  static void with_size(const Cluster& cluster, const Call& call);
  // The public functions for one cluster of N constraints, or of any number where N is 0.
  template <Index N>
  [[nodiscard]] static Index size_of(const Cluster& cluster);
  template <Index N>
  static void set_place(Cluster& cluster, ConstPackColumn x);
  template <Index N>
  void project(const Cluster& cluster, PackColumn v) const;
  template <Index N>
  void restore(const Cluster& cluster, PackColumn x, const PackColumn* v, double velocity_per_length) const;
  /// Solves G y = rhs in place.
  template <Index N>
  static void solve(const Cluster& cluster, Pack* rhs);
  /// out += scale M⁻¹ Jᵀ multipliers.
  template <Index N>
  void spread(const Cluster& cluster, const Pack* multipliers, double scale, PackColumn out) const;

  Vector inverse_masses_;
  std::vector<Cluster> clusters_;
};

}  // namespace liftwell
