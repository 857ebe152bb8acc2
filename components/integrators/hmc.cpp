// SPDX-License-Identifier: MIT
// Hamiltonian (hybrid) Monte Carlo.
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
  std::int64_t leapfrog_steps = 10;
  double jitter = 0.1;
  double mass = 1.0;
};

/// One step draws velocities from their equilibrium, follows L leapfrog steps of m dv = −∇V dt, and accepts
/// where it ends with probability min{1, exp(−ΔH/kT)}, else x stays. The stationary law is exp(−V/kT) to
/// rounding at any Δt; a step too long shows as a low acceptance (best near 0.65 in many dimensions). Each
/// walker and step has its own Δt (1 ± jitter), without which a trajectory of whole periods of a harmonic
/// direction would never move it. No dynamics: time counts leapfrog steps. L force evaluations per step, and
/// one more per call.
class Hmc final : public Integrator {
 public:
  explicit Hmc(const Options& options) : options_(options) {}
  [[nodiscard]] double timestep() const override {
    return options_.timestep * static_cast<double>(options_.leapfrog_steps);
  }
  [[nodiscard]] bool proposes() const override { return true; }

  void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy, const RandomStream& stream,
               std::uint64_t first_step, std::int64_t steps) const override {
    if (steps <= 0) return;
    const Index rows = tile.position.rows(), lanes = tile.position.lanes();
    NoiseBuffer normals(stream, tile, first_step, steps, {.rows = metropolis_rows(rows)});
    BlockBuffer gradient(rows, lanes), proposal(rows, lanes), new_gradient(rows, lanes), velocity(rows, lanes);
    BlockBuffer energy(1, lanes), new_energy(1, lanes), cost(1, lanes), draw(1, lanes), timestep(1, lanes);
    const double speed = std::sqrt(thermal_energy / options_.mass);
    surface.evaluate(tile.position, energy.block().data(), gradient.block());
    for (std::int64_t i = 0; i < steps; ++i) {
      const ConstBlock noise = normals.step(first_step + static_cast<std::uint64_t>(i));
      velocity.block().flat() = speed * ConstBlock(noise.data(), rows, lanes).flat();
      const Row h = timestep.block().row(0);
      cosine_draw(noise, rows, timestep.block().row(0));
      timestep.block().flat() = options_.timestep * (1 + options_.jitter * h);
      proposal.block().flat() = tile.position.flat();
      new_gradient.block().flat() = gradient.block().flat();
      cost.block().flat() = -energy.block().flat() / thermal_energy;
      add_kinetic(velocity.block(), -0.5 / (speed * speed), cost.block().row(0));
      kick(0.5, h, new_gradient.block(), velocity.block());
      for (std::int64_t leap = 1; leap <= options_.leapfrog_steps; ++leap) {
        for (Index d = 0; d < rows; ++d) proposal.block().row(d) += h * velocity.block().row(d);
        surface.evaluate(proposal.block(), new_energy.block().data(), new_gradient.block());
        kick(leap < options_.leapfrog_steps ? 1 : 0.5, h, new_gradient.block(), velocity.block());
      }
      cost.block().flat() += new_energy.block().flat() / thermal_energy;
      add_kinetic(velocity.block(), 0.5 / (speed * speed), cost.block().row(0));
      exponential_draw(noise, rows, draw.block().row(0));
      accept(std::as_const(cost).block().row(0), draw.block(),
             {proposal.block(), new_gradient.block(), new_energy.block()},
             {tile.position, gradient.block(), energy.block()}, tile.accepted);
    }
  }

 private:
  void kick(double part, const Row& timestep, Block gradient, Block velocity) const {
    for (Index d = 0; d < velocity.rows(); ++d) velocity.row(d) -= (part / options_.mass) * timestep * gradient.row(d);
  }
  static void add_kinetic(Block velocity, double factor, Row out) {
    for (Index d = 0; d < velocity.rows(); ++d) out += factor * velocity.row(d).square();
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(hmc) {
  return Declaration<Integrator, Options>("hmc", "Hamiltonian Monte Carlo: exact at any time step, no dynamics.")
      .reference(
          "S. Duane, A. D. Kennedy, B. J. Pendleton, D. Roweth, Phys. Lett. B 195, 216 (1987), "
          "doi:10.1016/0370-2693(87)91197-X.")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one leapfrog step.", required() | above(0))
      .parameter("leapfrog_steps", &Options::leapfrog_steps, unit::none, "Leapfrog steps of one proposal.", at_least(1))
      .parameter("jitter", &Options::jitter, unit::dimensionless,
                 "Largest relative change of the time step from proposal to proposal.", between(0, 0.5))
      .parameter("mass", &Options::mass, unit::mass, "Mass of every coordinate.", above(0))
      .example("{type: hmc, timestep: 0.2, leapfrog_steps: 7}")
      .creates<Hmc>();
}

}  // namespace liftwell
