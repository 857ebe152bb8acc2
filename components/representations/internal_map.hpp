// SPDX-License-Identifier: MIT
// Bonds, angles and torsions of a molecule as coordinates of its states, and back.
#pragma once

#include <string>
#include <vector>

#include "liftwell/families/representation.hpp"
#include "z_matrix.hpp"

namespace liftwell {

/// What is known of a molecule before any data.
struct InternalFrame {
  std::vector<ZRow> rows;
  std::vector<Bond> constraints;    ///< bonds of fixed length, each that of a row
  std::vector<double> masses;       ///< Da; needed where there are constraints
  std::vector<std::string> labels;  ///< of atoms

  [[nodiscard]] Index atoms() const { return static_cast<Index>(rows.size()); }
  /// Bonds, then angles, then torsions, each in the order of the rows: 3 atoms − 6 in all.
  [[nodiscard]] Index all() const { return 3 * atoms() - 6; }
  [[nodiscard]] bool is_fixed(Index row) const;
};

/// Bonds r (nm), angles θ and torsions φ (rad) of the rows of a Z-matrix, without bonds of fixed length.
///
/// Measure: atoms placed one after the other have d³x = r² sin θ dr dθ dφ each, and what the first three leave out is
/// the place and the turn of the whole, so that |∂x/∂q| = Π r² sin θ over bonds and angles. Dynamics with fixed lengths
/// σ(x) samples exp(−V/kT) |∂x/∂q| sqrt(det Z), Z = ∇σ M⁻¹ ∇σᵀ: momenta that may only point along the constraints
/// leave the determinant of the metric of the free coordinates behind, det G_free = det M |∂x/∂q|² det Z (Fixman, PNAS
/// 71, 3050 (1974), equation 2.8; derived from the Lagrangian, so that it holds for SHAKE and RATTLE with any
/// thermostat that leaves Maxwell's law on the constraints alone).
class InternalMap final : public StateCoordinates {
 public:
  /// What becomes of each coordinate: the rows of `fitted`, as InternalMap::fit gives them.
  enum class Kind { plain = 0, fixed = 1, circle = 2 };

  /// all() x 2: (value, kind). The value is the length of fixed bonds (the mean over the data), for plain torsions the
  /// middle of the period they are in, opposite to the widest gap between the data. A torsion with a gap of more than
  /// π, such as that of two atoms on one side of a bond, or ω, is plain; the others are circles, cut at ±π, or, where
  /// the model knows none, plain. Throws InputError where bonds vary that should be fixed, or the other way round.
  [[nodiscard]] static Matrix fit(const InternalFrame& frame, const FloatMatrix& states, bool circles);

  /// `count` states with any torsions, angles between 90 and 140 degrees, and bonds between 0.1 and 0.15 nm, fixed ones
  /// of 0.1.
  [[nodiscard]] static FloatMatrix examples(const InternalFrame& frame, Index count);

  InternalMap(const InternalFrame& frame, const Matrix& fitted);

  [[nodiscard]] Index dimension() const override { return 3 * frame_.atoms(); }
  [[nodiscard]] Index size() const override { return static_cast<Index>(free_.size()); }
  [[nodiscard]] const Vector& periods() const override { return periods_; }
  [[nodiscard]] std::vector<std::string> names() const override;
  [[nodiscard]] Matrix coordinates_of(const Matrix& states) const override;
  /// The first atom is at the origin, the second on the x axis, the third in the half plane y > 0.
  [[nodiscard]] Matrix states_of(const Matrix& coordinates) const override;
  [[nodiscard]] double folded(Index coordinate, double value) const override;
  [[nodiscard]] Vector log_volume(const Matrix& states) const override;

 private:
  [[nodiscard]] double value(Index coordinate) const { return fitted_(coordinate, 0); }
  [[nodiscard]] Kind kind(Index coordinate) const {
    return static_cast<Kind>(static_cast<int>(fitted_(coordinate, 1)));
  }
  [[nodiscard]] bool turns(Index coordinate) const { return coordinate >= frame_.all() - (frame_.atoms() - 3); }
  [[nodiscard]] bool build(const double* all, double* state) const;
  [[nodiscard]] double half_log_det_z(const double* state) const;

  InternalFrame frame_;
  Matrix fitted_;
  std::vector<Index> free_;  ///< those of all coordinates that are in q
  Vector periods_;           ///< of these
};

}  // namespace liftwell
