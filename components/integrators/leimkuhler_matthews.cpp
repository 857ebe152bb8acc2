// SPDX-License-Identifier: MIT
// Overdamped Langevin dynamics by the scheme of Leimkuhler and Matthews.
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

/// x ← x − M ∇V(x) Δt + √(2 kT M Δt) (R_n + R_{n+1}) / 2: the high-friction limit of BAOAB. Averages
/// over the stationary law are of second order in Δt, and exact in a harmonic well; one force
/// evaluation per step. R_n is regenerated from its counter, so nothing but x is carried along.
class LeimkuhlerMatthews final : public Integrator {
 public:
  explicit LeimkuhlerMatthews(const Options& options) : timestep_(options.timestep), mobility_(options.mobility) {}
  [[nodiscard]] double timestep() const override { return timestep_; }
  /// |1 − k M Δt| < 1.
  [[nodiscard]] double stability_limit() const override { return 2 / (mobility_ * timestep_); }

  void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy, const RandomStream& stream,
               std::uint64_t first_step, std::int64_t steps) const override {
    const Index rows = tile.position.rows();
    const Index lanes = tile.position.lanes();
    NoiseBuffer noise(stream, tile, first_step, steps, {.lookahead = 1});
    BlockBuffer gradient(rows, lanes);
    const double pull = mobility_ * timestep_;
    const double half_kick = 0.5 * std::sqrt(2 * thermal_energy * mobility_ * timestep_);
    for (std::int64_t i = 0; i < steps; ++i) {
      surface.evaluate(tile.position, nullptr, gradient.block());
      const double* const normals = noise.step(first_step + static_cast<std::uint64_t>(i)).data();
      const ConstBlock now(normals, rows, lanes);
      const ConstBlock next(normals + rows * lanes, rows, lanes);
      tile.position.flat() += half_kick * (now.flat() + next.flat()) - pull * gradient.block().flat();
    }
  }

 private:
  double timestep_, mobility_;
};

}  // namespace

LIFTWELL_COMPONENT(leimkuhler_matthews) {
  return Declaration<Integrator, Options>("leimkuhler_matthews",
                                          "Overdamped Langevin, second order in the stationary law.")
      .reference(
          "B. Leimkuhler, C. Matthews, Appl. Math. Res. Express 2013, 34, equation (1.3), doi:10.1093/amrx/abs010.")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .parameter("mobility", &Options::mobility, unit::mobility, "Mobility M in dX = -M grad V dt + sqrt(2 kT M) dW.",
                 above(0))
      .example("{type: leimkuhler_matthews, timestep: 0.05}")
      .creates<LeimkuhlerMatthews>();
}

}  // namespace liftwell
