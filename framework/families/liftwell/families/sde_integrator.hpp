// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/base/random.hpp"
#include "liftwell/families/dynamics.hpp"
#include "liftwell/families/walker_tile.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// Advances walkers of a stochastic differential equation by steps. Its neighbour Integrator needs an energy,
/// and in return knows the law its walkers should reach. Same laws as there: n then m steps are n + m, bit
/// for bit, and no walker depends on another.
class SdeIntegrator {
 public:
  static FamilyInfo family() {
    return {"sde_integrator", "sde_integrators", "Advances walkers of a stochastic differential equation by steps.",
            ""};
  }
  virtual ~SdeIntegrator() = default;

  [[nodiscard]] virtual double timestep() const = 0;  ///< time units

  /// Steps first_step … first_step + steps − 1. Random numbers of step n are at positions that depend
  /// on n only. Returns the number of evaluations of the drift per walker.
  virtual std::int64_t advance(WalkerTile& tile, const Dynamics& dynamics, const RandomStream& stream,
                               std::uint64_t first_step, std::int64_t steps) const = 0;
};

}  // namespace liftwell
