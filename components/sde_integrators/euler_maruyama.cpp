// SPDX-License-Identifier: MIT
// The Euler-Maruyama scheme for any stochastic differential equation.
#include "liftwell/families/noise_buffer.hpp"
#include "liftwell/families/sde_integrator.hpp"
#include "liftwell/registry/registry.hpp"
#include "noise_product.hpp"

namespace liftwell {
namespace {

struct Options {
  double timestep = 0;
};

/// x ← x + a(x) Δt + b(x) √Δt R, for every kind of noise. Weak order 1, strong order 1/2 (1 for additive
/// noise). A fast Ornstein-Uhlenbeck coordinate of relaxation time τ gets a variance too large by
/// 1/(1 − Δt/2τ): prefer stochastic_runge_kutta where that matters.
class EulerMaruyama final : public SdeIntegrator {
 public:
  explicit EulerMaruyama(const Options& options) : timestep_(options.timestep) {}
  [[nodiscard]] double timestep() const override { return timestep_; }

  std::int64_t advance(WalkerTile& tile, const Dynamics& dynamics, const RandomStream& stream, std::uint64_t first_step,
                       std::int64_t steps) const override {
    const NoiseShape noise = dynamics.noise();
    const Index rows = tile.position.rows(), lanes = tile.position.lanes();
    NoiseBuffer normals(stream, tile, first_step, steps, {.rows = noise.processes});
    BlockBuffer drift(rows, lanes), diffusion(noise.rows(rows), lanes), kick(rows, lanes);
    for (std::int64_t i = 0; i < steps; ++i) {
      dynamics.drift(tile.position, drift.block());
      dynamics.diffusion(tile.position, diffusion.block());
      noise_product(noise, diffusion.block(), normals.step(first_step + static_cast<std::uint64_t>(i)), kick.block());
      tile.position.flat() += timestep_ * drift.block().flat() + std::sqrt(timestep_) * kick.block().flat();
    }
    return steps;
  }

 private:
  double timestep_;
};

}  // namespace

LIFTWELL_COMPONENT(euler_maruyama) {
  return Declaration<SdeIntegrator, Options>("euler_maruyama", "Euler-Maruyama, weak order 1, for any noise.")
      .reference("G. Maruyama, Rend. Circ. Mat. Palermo 4, 48 (1955), doi:10.1007/BF02846028.")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .example("{type: euler_maruyama, timestep: 0.02}")
      .creates<EulerMaruyama>();
}

}  // namespace liftwell
