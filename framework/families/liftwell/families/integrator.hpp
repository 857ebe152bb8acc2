// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>

#include "liftwell/base/random.hpp"
#include "liftwell/families/energy_surface.hpp"
#include "liftwell/families/walker_tile.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// Advances walkers by steps. A pure function of (state, stream, step number): advancing n then m
/// steps equals advancing n + m, bit for bit, and no walker depends on another.
class Integrator {
 public:
  static FamilyInfo family() { return {"integrator", "integrators", "Advances walkers by steps.", ""}; }
  virtual ~Integrator() = default;

  [[nodiscard]] virtual double timestep() const = 0;  ///< time units
  [[nodiscard]] virtual bool has_velocities() const { return false; }
  /// Why this integrator cannot advance states of `dimension`, or "".
  [[nodiscard]] virtual std::string misfit(Index /*dimension*/) const { return {}; }
  /// Whether a step is a proposal that is accepted or rejected; then it counts in tile.accepted.
  [[nodiscard]] virtual bool proposes() const { return false; }
  /// Second derivative of the energy (energy/length²) from which on a step is unstable; infinite where no step is.
  [[nodiscard]] virtual double stability_limit() const { return std::numeric_limits<double>::infinity(); }
  /// Standard deviation of each velocity component in equilibrium at kT = thermal_energy.
  [[nodiscard]] virtual double velocity_scale(double /*thermal_energy*/) const { return 0; }

  /// Steps first_step … first_step + steps − 1. Random numbers of step n are at positions that
  /// depend on n only.
  virtual void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy,
                       const RandomStream& stream, std::uint64_t first_step, std::int64_t steps) const = 0;
};

}  // namespace liftwell
