// SPDX-License-Identifier: MIT
// Langevin dynamics with inertia by the BAOAB splitting.
#include <cmath>

#include "liftwell/families/integrator.hpp"
#include "liftwell/families/noise_buffer.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double timestep = 0;
  double friction = 1.0;
  double mass = 1.0;
};

/// dx = v dt, m dv = −∇V dt − γ m v dt + √(2 γ m kT) dW, one step being half a kick (B), half a drift
/// (A), the exact Ornstein-Uhlenbeck update of v over Δt (O), half a drift, half a kick. The
/// stationary law of x is of second order in Δt (fourth at high friction), and exact in a harmonic
/// well. Stable for ω Δt < 2 in the stiffest direction. One force evaluation per step, and one more
/// per call, because the force at the start is not part of the state.
class Baoab final : public Integrator {
 public:
  explicit Baoab(const Options& options)
      : timestep_(options.timestep), friction_(options.friction), mass_(options.mass) {}
  [[nodiscard]] double timestep() const override { return timestep_; }
  [[nodiscard]] bool has_velocities() const override { return true; }
  [[nodiscard]] double stability_limit() const override { return 4 * mass_ / (timestep_ * timestep_); }
  [[nodiscard]] double velocity_scale(double thermal_energy) const override {
    return std::sqrt(thermal_energy / mass_);
  }

  void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy, const RandomStream& stream,
               std::uint64_t first_step, std::int64_t steps) const override {
    if (steps <= 0) return;
    NoiseBuffer noise(stream, tile, first_step, steps);
    BlockBuffer gradient(tile.position.rows(), tile.position.lanes());
    auto x = tile.position.flat();
    auto v = tile.velocity.flat();
    const auto slope = gradient.block().flat();
    const double half_step = 0.5 * timestep_;
    const double half_kick = half_step / mass_;
    const double memory = std::exp(-friction_ * timestep_);
    const double noise_scale = velocity_scale(thermal_energy) * std::sqrt(-std::expm1(-2 * friction_ * timestep_));
    surface.evaluate(tile.position, nullptr, gradient.block());
    for (std::int64_t i = 0; i < steps; ++i) {
      v -= half_kick * slope;
      x += half_step * v;
      v = memory * v + noise_scale * noise.step(first_step + static_cast<std::uint64_t>(i)).flat();
      x += half_step * v;
      surface.evaluate(tile.position, nullptr, gradient.block());
      v -= half_kick * slope;
    }
  }

 private:
  double timestep_, friction_, mass_;
};

}  // namespace

LIFTWELL_COMPONENT(baoab) {
  return Declaration<Integrator, Options>("baoab", "Langevin dynamics with inertia, BAOAB splitting.")
      .reference("B. Leimkuhler, C. Matthews, J. Chem. Phys. 138, 174102 (2013), doi:10.1063/1.4802990.")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .parameter("friction", &Options::friction, unit::inverse_time,
                 "Rate at which velocities forget; the mobility of the overdamped limit is 1/(friction mass).",
                 above(0))
      .parameter("mass", &Options::mass, unit::mass, "Mass of every coordinate.", above(0))
      .example("{type: baoab, timestep: 0.1, friction: 1, mass: 1}")
      .creates<Baoab>();
}

}  // namespace liftwell
