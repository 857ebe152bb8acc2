// SPDX-License-Identifier: MIT
// Short restrained simulations from given states, and how their energies settle.
#pragma once

#include <optional>

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
    std::int64_t force_evaluations = 0;
  };
  /// Runs a walker from each row of `states` (walkers x dimension) in the window centred at `z`. Energies are in units
  /// of kT. Walkers that leave the finite range are left out of the matrices.
  [[nodiscard]] Energies energies(const Matrix& states, const Vector& z, const RandomStream& stream) const;
};

/// How the mean over walkers goes to its long-time value. `energies` is walkers x times, as above. The long-time value
/// is `limit`, where it is known from elsewhere, else the mean over the last half of the run.
///
/// The mean over walkers is noisy, and what of it is near the goal by chance must not count: the excess is taken from
/// the curve that never rises and is nearest to the means in least squares (pool adjacent violators: Ayer et al., Ann.
/// Math. Stat. 26, 641 (1955), doi:10.1214/aoms/1177728423). It crosses the goal once, and is the mean itself without
/// noise.
struct Settling {
  double excess = 0;    ///< of the first column over the long-time value, kT
  double time = 0;      ///< until the excess is at most `fraction` of the first one, in columns; NaN if never
  bool settled = true;  ///< the last two quarters agree within three standard errors: there is a long-time mean

  Settling(const Matrix& energies, double fraction, std::optional<double> limit);
};

}  // namespace liftwell
