// SPDX-License-Identifier: MIT
// The Metropolis-adjusted Langevin algorithm.
#include <cmath>
#include <utility>

#include "liftwell/families/integrator.hpp"
#include "liftwell/families/noise_buffer.hpp"
#include "liftwell/registry/registry.hpp"
#include "metropolis_draw.hpp"

namespace liftwell {
namespace {

struct Options {
  double timestep = 0;
  double mobility = 1.0;
};

/// An Euler-Maruyama step x' = x − M ∇V(x) Δt + √(2 kT M Δt) R, accepted with probability
/// min{1, exp(−[V(x') − V(x)]/kT) q(x | x')/q(x' | x)}, else x stays. The stationary law is exp(−V/kT) to
/// rounding at any Δt, so there is no order to speak of; a step too long shows as a low acceptance (best near
/// 0.57 in many dimensions), and paths are those of the dynamics only where nearly all is accepted. One force
/// evaluation per step, and one more per call.
class Mala final : public Integrator {
 public:
  explicit Mala(const Options& options) : timestep_(options.timestep), mobility_(options.mobility) {}
  [[nodiscard]] double timestep() const override { return timestep_; }
  [[nodiscard]] bool proposes() const override { return true; }

  void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy, const RandomStream& stream,
               std::uint64_t first_step, std::int64_t steps) const override {
    if (steps <= 0) return;
    const Index rows = tile.position.rows(), lanes = tile.position.lanes();
    NoiseBuffer normals(stream, tile, first_step, steps, {.rows = metropolis_rows(rows)});
    BlockBuffer gradient(rows, lanes), proposal(rows, lanes), new_gradient(rows, lanes);
    BlockBuffer energy(1, lanes), new_energy(1, lanes), cost(1, lanes), draw(1, lanes);
    const double pull = mobility_ * timestep_;
    const double kick = std::sqrt(2 * thermal_energy * pull);
    surface.evaluate(tile.position, energy.block().data(), gradient.block());
    for (std::int64_t i = 0; i < steps; ++i) {
      const ConstBlock noise = normals.step(first_step + static_cast<std::uint64_t>(i));
      const ConstBlock forward(noise.data(), rows, lanes);
      proposal.block().flat() = tile.position.flat() - pull * gradient.block().flat() + kick * forward.flat();
      surface.evaluate(proposal.block(), new_energy.block().data(), new_gradient.block());
      // −ln of the acceptance probability. The noise of the way back is R' = [pull (g + g')/kick] − R.
      cost.block().flat() = (new_energy.block().flat() - energy.block().flat()) / thermal_energy;
      for (Index d = 0; d < rows; ++d) {
        const auto back = (pull / kick) * (gradient.block().row(d) + new_gradient.block().row(d)) - forward.row(d);
        cost.block().row(0) += 0.5 * (back.square() - forward.row(d).square());
      }
      exponential_draw(noise, rows, draw.block().row(0));
      accept(std::as_const(cost).block().row(0), draw.block(),
             {proposal.block(), new_gradient.block(), new_energy.block()},
             {tile.position, gradient.block(), energy.block()}, tile.accepted);
    }
  }

 private:
  double timestep_, mobility_;
};

}  // namespace

LIFTWELL_COMPONENT(mala) {
  return Declaration<Integrator, Options>("mala", "Metropolis-adjusted overdamped Langevin: exact at any time step.")
      .reference("G. O. Roberts, R. L. Tweedie, Bernoulli 2, 341 (1996), doi:10.2307/3318418.")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .parameter("mobility", &Options::mobility, unit::mobility, "Mobility M in dX = -M grad V dt + sqrt(2 kT M) dW.",
                 above(0))
      .example("{type: mala, timestep: 0.1}")
      .creates<Mala>();
}

}  // namespace liftwell
