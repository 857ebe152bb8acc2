// SPDX-License-Identifier: MIT
// Short restrained simulations from given states, and how their energies settle.
#pragma once

#include "liftwell/families/system.hpp"

namespace liftwell {

struct RestrainedRuns {
  const System& system;
  const Bias& bias;
  std::int64_t steps = 0;
  std::int64_t stride = 1;  ///< steps between energies

  struct Energies {
    Vector drawn;      ///< V of each of the states, constraints met; not finite where the state is impossible
    Matrix potential;  ///< V: walkers x (1 + steps/stride), the first column at the start
    Matrix with_bias;  ///< V + bias of the same
  };
  /// Runs a walker from each row of `states` (walkers x dimension) in the window centred at `z`. Energies are in units
  /// of kT. Walkers that leave the finite range are left out of the matrices.
  [[nodiscard]] Energies energies(const Matrix& states, const Vector& z, const RandomStream& stream) const;
};

/// How the mean over walkers goes to its long-time value, which is the mean over the last half of the
/// run. `energies` is walkers x times, as above.
struct Settling {
  double excess = 0;    ///< of the first column over the long-time mean, kT
  double time = 0;      ///< until the excess is at most `fraction` of the first one, in columns; NaN if never
  bool settled = true;  ///< the last two quarters agree: there is a long-time mean

  Settling(const Matrix& energies, double fraction);
};

}  // namespace liftwell
