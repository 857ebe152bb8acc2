// SPDX-License-Identifier: MIT
#include "energy_law.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "liftwell/data/quantile.hpp"
#include "liftwell/families/chain_statistics.hpp"

namespace liftwell {

EnergyLaw::EnergyLaw(std::vector<double> energies, double independent) : states(static_cast<double>(energies.size())) {
  if (energies.size() < 2) {
    mean = error = deviation = std::nan("");
    quantiles.fill(std::nan(""));
    return;
  }
  std::sort(energies.begin(), energies.end());
  const Eigen::Map<const Vector> all(energies.data(), std::ssize(energies));
  mean = all.mean();
  deviation = std::sqrt((all.array() - mean).square().sum() / (states - 1));
  error = independent > 0 ? deviation / std::sqrt(independent) : std::nan("");
  for (std::size_t q = 0; q < shares.size(); ++q) quantiles[q] = quantile(energies, shares[q]);
}

EnergyLaw EnergyLaw::of_states(const Vector& energies) {
  std::vector<double> finite;
  std::copy_if(energies.begin(), energies.end(), std::back_inserter(finite), [](double e) { return std::isfinite(e); });
  const auto independent = static_cast<double>(finite.size());
  return {std::move(finite), independent};
}

EnergyLaw EnergyLaw::of_walkers(const std::vector<Vector>& energies) {
  std::vector<double> all;
  for (const Vector& walker : energies) all.insert(all.end(), walker.begin(), walker.end());
  return {std::move(all), chain_statistics(energies).effective_size};
}

}  // namespace liftwell
