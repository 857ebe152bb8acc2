// SPDX-License-Identifier: MIT
// Laws of every adaptive bias.
#pragma once

#include <cmath>

#include "liftwell/families/adaptive_bias.hpp"
#include "liftwell/families/grid_function.hpp"
#include "support/contracts/laws.hpp"

namespace liftwell::contracts {

/// The grid fits; before any deposit the bias is the same everywhere and no free energy is known; what is learned is a
/// function of the state alone (learning in two parts, by way of a copy, gives the same bits) and never of an image of
/// a periodic variable; where walkers sit, the bias rises above places they never saw, and the free energy falls.
inline BrokenLaws adaptive_bias_laws(const AdaptiveBias& bias, double thermal_energy) {
  BrokenLaws broken;
  const Grid& grid = bias.grid();
  const CoarseMap& coarse = bias.coarse();
  if (const auto misfit = GridFunction::misfit(grid, coarse); !misfit.empty()) return {"its grid fits: " + misfit};
  if (!bias.misfit(thermal_energy).empty()) return {"its example can be used at the temperature of the test"};

  const LearningState fresh = bias.begin();
  const Vector flat = bias.energies(fresh, thermal_energy);
  if (flat.size() != grid.cells() || !((flat.array() - flat[0]).abs() == 0).all() || !std::isfinite(flat[0]))
    broken.push_back("before any deposit the bias is the same everywhere");
  if (!bias.free_energy(fresh, thermal_energy).array().isNaN().all())
    broken.push_back("before any deposit no free energy is known");

  // Walkers spread over a fifth of the grid in its middle, none on the edge of a cell, where rounding would decide.
  constexpr Index walkers = 12;
  Matrix xi(walkers, coarse.size());
  for (Index w = 0; w < walkers; ++w)
    for (Index k = 0; k < coarse.size(); ++k)
      xi(w, k) = grid.low[k] + (grid.high[k] - grid.low[k]) *
                                   (0.4 + 0.2 * std::fmod(static_cast<double>(w + 1) * 0.6180339887498949, 1.0));
  LearningState once = fresh, twice = fresh;
  for (int round = 0; round < 6; ++round) bias.deposit(xi, thermal_energy, once);
  for (int round = 0; round < 6; ++round) {
    LearningState copy = twice;
    bias.deposit(xi, thermal_energy, copy);
    twice = copy;
  }
  if (once.fields != twice.fields || once.numbers != twice.numbers)
    broken.push_back("what is learned is a function of the state alone");

  LearningState turned = fresh;
  Matrix images = xi;
  bool periodic = false;
  for (Index k = 0; k < coarse.size(); ++k) {
    images.col(k).array() += 3 * coarse.period(k);
    periodic |= coarse.period(k) > 0;
  }
  for (int round = 0; round < 6; ++round) bias.deposit(images, thermal_energy, turned);
  const Vector energies = bias.energies(once, thermal_energy);
  const double scale = 1 + energies.cwiseAbs().maxCoeff();
  if (periodic && !((bias.energies(turned, thermal_energy) - energies).cwiseAbs().maxCoeff() < 1e-9 * scale))
    broken.push_back("a whole period of a walker changes nothing");

  if (!energies.allFinite()) broken.push_back("the bias is finite everywhere");
  GridFunction function(grid, coarse);
  function.set_values(energies);
  const Vector middle = (grid.low + grid.high) / 2, corner = grid.low;
  if (!(function.at(middle.data()) > function.at(corner.data()))) broken.push_back("the bias rises where walkers are");
  const Vector F = bias.free_energy(once, thermal_energy);
  for (Index i = 0; i < F.size(); ++i) {
    const Vector centre = grid.centres().row(i);
    const bool seen = (((centre - middle).array() / (grid.high - grid.low).array()).abs() < 0.15).all();
    if (!seen && !std::isnan(F[i])) {
      broken.push_back("no free energy is told where no walker was");
      break;
    }
  }
  if (F.array().isNaN().all()) broken.push_back("a free energy is told where walkers were");
  return broken;
}

}  // namespace liftwell::contracts
