// SPDX-License-Identifier: MIT
// Biases that learn while the simulation runs.
#pragma once

#include <string>

#include "liftwell/data/matrix.hpp"
#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/estimator.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// All that an adaptive bias has learned so far, as plain numbers that can be saved and gone on from. What they mean
/// is known to the component alone.
struct LearningState {
  Matrix fields;   ///< rows x cells of the grid
  Vector numbers;  ///< whatever else it keeps
};

/// An energy on a grid of coarse values that walkers fill up as they go. Pure: what was learned is the caller's, so
/// that one component serves any number of independent simulations.
class AdaptiveBias {
 public:
  static FamilyInfo family() {
    return {"adaptive_bias", "adaptive_biases", "A bias that learns while the simulation runs.", ""};
  }
  virtual ~AdaptiveBias() = default;

  [[nodiscard]] virtual const CoarseMap& coarse() const = 0;
  [[nodiscard]] virtual const Grid& grid() const = 0;  ///< one that GridFunction::misfit accepts
  /// "" when it can be used at kT = thermal_energy, else what is wrong.
  [[nodiscard]] virtual std::string misfit(double /*thermal_energy*/) const { return {}; }

  /// What is known before the first deposit.
  [[nodiscard]] virtual LearningState begin() const = 0;
  /// Learns from walkers at `xi` (walkers x coarse), in their order, that were simulated under the energies before.
  virtual void deposit(const Matrix& xi, double thermal_energy, LearningState& state) const = 0;
  /// The bias at the cell centres.
  [[nodiscard]] virtual Vector energies(const LearningState& state, double thermal_energy) const = 0;
  /// The free energy at the cell centres that the bias implies, up to a constant; NaN where no walker was seen.
  [[nodiscard]] virtual Vector free_energy(const LearningState& state, double thermal_energy) const = 0;
};

}  // namespace liftwell
