// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/base/random.hpp"
#include "liftwell/data/block.hpp"
#include "liftwell/families/energy_surface.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// Consecutive walkers first_walker … first_walker + lanes − 1. Lanes past the last real walker are
/// padding and hold valid but meaningless states. `velocity` has no rows for overdamped dynamics.
struct WalkerTile {
  Block position;
  Block velocity;
  std::uint32_t first_walker = 0;
};

/// Advances walkers by steps. A pure function of (state, stream, step number): advancing n then m
/// steps equals advancing n + m, bit for bit, and no walker depends on another.
class Integrator {
 public:
  static FamilyInfo family() { return {"integrator", "integrators", "Advances walkers by steps.", ""}; }
  virtual ~Integrator() = default;

  [[nodiscard]] virtual double timestep() const = 0;  ///< time units
  [[nodiscard]] virtual bool has_velocities() const { return false; }
  /// Standard deviation of each velocity component in equilibrium at kT = thermal_energy.
  [[nodiscard]] virtual double velocity_scale(double /*thermal_energy*/) const { return 0; }

  /// Steps first_step … first_step + steps − 1. Random numbers of step n are at positions that
  /// depend on n only.
  virtual void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy,
                       const RandomStream& stream, std::uint64_t first_step, std::int64_t steps) const = 0;
};

}  // namespace liftwell
