// SPDX-License-Identifier: MIT
// Overdamped Langevin dynamics by the Euler-Maruyama scheme.
#include <cmath>

#include "liftwell/families/integrator.hpp"
#include "liftwell/families/noise_buffer.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double timestep = 0;
  double mobility = 1.0;
};

/// x ← x − M ∇V(x) Δt + √(2 kT M Δt) R. Weak order 1. In a harmonic well of spring constant k the
/// stationary variance is kT/k / (1 − k M Δt / 2), so a stiff coordinate comes out too wide: prefer
/// leimkuhler_matthews, which costs the same.
class EulerMaruyama final : public Integrator {
 public:
  explicit EulerMaruyama(const Options& options) : timestep_(options.timestep), mobility_(options.mobility) {}
  [[nodiscard]] double timestep() const override { return timestep_; }
  /// |1 − k M Δt| < 1.
  [[nodiscard]] double stability_limit() const override { return 2 / (mobility_ * timestep_); }
  [[nodiscard]] double widening(const Vector& /*direction*/, double curvature) const override {
    return 1 / (1 - curvature / stability_limit());
  }

  void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy, const RandomStream& stream,
               std::uint64_t first_step, std::int64_t steps) const override {
    NoiseBuffer noise(stream, tile, first_step, steps);
    BlockBuffer gradient(tile.position.rows(), tile.position.lanes());
    const double pull = mobility_ * timestep_;
    const double kick = std::sqrt(2 * thermal_energy * mobility_ * timestep_);
    for (std::int64_t i = 0; i < steps; ++i) {
      surface.evaluate(tile.position, nullptr, gradient.block());
      tile.position.flat() +=
          kick * noise.step(first_step + static_cast<std::uint64_t>(i)).flat() - pull * gradient.block().flat();
    }
  }

 private:
  double timestep_, mobility_;
};

}  // namespace

LIFTWELL_COMPONENT(euler_maruyama) {
  return Declaration<Integrator, Options>("euler_maruyama", "Overdamped Langevin, Euler-Maruyama, weak order 1.")
      .reference("G. Maruyama, Rend. Circ. Mat. Palermo 4, 48 (1955), doi:10.1007/BF02846028.")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .parameter("mobility", &Options::mobility, unit::mobility, "Mobility M in dX = -M grad V dt + sqrt(2 kT M) dW.",
                 above(0))
      .example("{type: euler_maruyama, timestep: 0.02}")
      .creates<EulerMaruyama>();
}

}  // namespace liftwell
