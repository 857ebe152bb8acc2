// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>

#include "liftwell/base/random.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/energy_surface.hpp"
#include "liftwell/families/walker_tile.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// The pull of a step whose limit of stability is the same in all directions.
inline Vector uniform_pull(const Vector& gradient, double stability_limit) {
  return stability_limit < std::numeric_limits<double>::infinity() ? Vector(2 / stability_limit * gradient) : Vector();
}

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
  /// What one step takes from x against a gradient of the energy: x − pull(∇V), or what is as stable. Where the energy
  /// has the second derivative H, a step is unstable once an eigenvalue of pull∘H is 2; pull is symmetric. Empty where
  /// no step is unstable.
  [[nodiscard]] virtual Vector pull(const Vector& gradient) const { return uniform_pull(gradient, stability_limit()); }
  /// Stationary variance along `direction` (of length one), divided by the exact one, where the energy is harmonic with
  /// this second derivative along it, below the limit of stability.
  [[nodiscard]] virtual double widening(const Vector& /*direction*/, double /*curvature*/) const { return 1; }
  /// Standard deviation of each velocity component in equilibrium at kT = thermal_energy.
  [[nodiscard]] virtual double velocity_scale(double /*thermal_energy*/) const { return 0; }

  /// Steps first_step … first_step + steps − 1. Random numbers of step n are at positions that
  /// depend on n only.
  virtual void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy,
                       const RandomStream& stream, std::uint64_t first_step, std::int64_t steps) const = 0;

  /// Second derivative of the energy (dimension x dimension) that a step takes for granted, and on which its noise
  /// relies; empty where it takes none.
  [[nodiscard]] virtual Matrix assumed_curvature(Index /*dimension*/) const { return {}; }
};

}  // namespace liftwell
