// SPDX-License-Identifier: MIT
// The exact answer for systems small enough to have one: what results are held against.
#pragma once

#include <string>

#include "liftwell/base/random.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/families/bias.hpp"
#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/estimator.hpp"
#include "liftwell/families/potential.hpp"

namespace liftwell {

class Reference {
 public:
  static FamilyInfo family() {
    return {"reference", "references", "The exact answer for systems small enough to have one.", ""};
  }
  virtual ~Reference() = default;

  /// "" when it can treat this potential and these coarse variables, else what is wrong.
  [[nodiscard]] virtual std::string misfit(const Potential& potential, const CoarseMap& coarse) const = 0;

  /// "" where there is nothing against its accuracy for this potential, else what is.
  [[nodiscard]] virtual std::string doubt(const Potential& /*potential*/, double /*thermal_energy*/) const {
    return {};
  }

  /// Exact probability (normalised over the box) of each cell `low` to `high`, rows of cells x coarse.
  [[nodiscard]] virtual Vector probabilities(const Potential& potential, const CoarseMap& coarse, double thermal_energy,
                                             const Matrix& low, const Matrix& high) const = 0;

  /// `count` independent draws (count x dimension) from the conditional law at `z`: in the delta
  /// form ξ(x) = z where `bias` is null, else from the window exp(−[V(x) + bias(ξ(x); z)]/kT).
  [[nodiscard]] virtual Matrix conditional(const Potential& potential, const CoarseMap& coarse, double thermal_energy,
                                           const Vector& z, const Bias* bias, Index count,
                                           const RandomStream& stream) const = 0;
};

/// Writes the exact F (bin averages on `grid`, with the mean of free_energy over what is populated) into
/// free_energy.reference and the exact
/// F(of) − F(against) into free_energy.differences[i].reference, i over `regions`.
void add_reference(FreeEnergy& free_energy, const Grid& grid, const std::vector<RegionPair>& regions,
                   const Reference& reference, const Potential& potential, const CoarseMap& coarse);

}  // namespace liftwell
