// SPDX-License-Identifier: MIT
// How the energies of states are distributed.
#pragma once

#include <array>
#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// Moments and quantiles of energies, in their unit. Quantiles tell of the few states that clash, which a mean does not
/// survive.
struct EnergyLaw {
  static constexpr std::array<double, 5> shares{0.05, 0.25, 0.5, 0.75, 0.95};

  double states = 0;
  double mean = 0, error = 0;  ///< of the mean, from the number of independent values; NaN where that is unknown
  double deviation = 0;
  std::array<double, 5> quantiles{};  ///< at `shares`

  /// Independent values; those that are not finite are left out. All NaN without two of them.
  [[nodiscard]] static EnergyLaw of_states(const Vector& energies);
  /// Walkers in the order of time, all finite: frames count for what chain_statistics says they are worth.
  [[nodiscard]] static EnergyLaw of_walkers(const std::vector<Vector>& energies);

 private:
  EnergyLaw(std::vector<double> energies, double independent);
};

}  // namespace liftwell
