// SPDX-License-Identifier: MIT
#include "liftwell/families/reference.hpp"

#include <cmath>
#include <limits>

namespace liftwell {
namespace {

/// F is known up to a constant. Errors of an estimate are those of F less its mean over what is populated
/// (profile.cpp), so the exact curve is laid where that mean is the estimate's; with the minima of both at 0 the
/// error of a single bin would be seen in all.
void align(FreeEnergy& free_energy) {
  double shift = 0, weights = 0;
  for (Index i = 0; i < free_energy.values.size(); ++i) {
    const double difference = free_energy.values[i] - free_energy.reference[i];
    if (!std::isfinite(difference)) continue;
    const double weight = std::exp(-free_energy.values[i] / free_energy.thermal_energy);
    shift += weight * difference;
    weights += weight;
  }
  if (weights > 0) free_energy.reference.array() += shift / weights;
}

}  // namespace

void add_reference(FreeEnergy& free_energy, const Grid& grid, const std::vector<RegionPair>& regions,
                   const Reference& reference, const Potential& potential, const CoarseMap& coarse) {
  const double kT = free_energy.thermal_energy;
  const Vector cells = reference.probabilities(potential, coarse, kT, grid.lower_edges(), grid.upper_edges());
  free_energy.reference.resize(cells.size());
  for (Index i = 0; i < cells.size(); ++i)
    free_energy.reference[i] = cells[i] > 0 ? -kT * std::log(cells[i] / cells.maxCoeff()) : std::nan("");
  align(free_energy);

  ensure(free_energy.differences.size() == regions.size(), "free energy differences and regions do not correspond");
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const double everywhere = std::numeric_limits<double>::infinity();
    Matrix low = Matrix::Constant(2, coarse.size(), -everywhere);
    Matrix high = Matrix::Constant(2, coarse.size(), everywhere);
    low.col(regions[r].variable) << regions[r].of_low, regions[r].against_low;
    high.col(regions[r].variable) << regions[r].of_high, regions[r].against_high;
    const Vector p = reference.probabilities(potential, coarse, kT, low, high);
    if (p[0] > 0 && p[1] > 0) free_energy.differences[r].reference = -kT * std::log(p[0] / p[1]);
  }
}

}  // namespace liftwell
