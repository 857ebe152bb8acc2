// SPDX-License-Identifier: MIT
// A stochastic differential equation, advanced by an integrator.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "liftwell/base/error.hpp"
#include "liftwell/families/dynamics.hpp"
#include "liftwell/families/sde_integrator.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<Dynamics> dynamics;
  Component<SdeIntegrator> integrator;
  double temperature = 1;
  Component<Potential> equilibrium;

  void check(Problems& problems) const {
    if (!dynamics || !equilibrium) return;
    const Index dimension = dynamics.build()->dimension(), stated = equilibrium.build()->dimension();
    if (stated != dimension)
      problems.add("equilibrium",
                   fmt::format("has dimension {}, but the dynamics has dimension {}", stated, dimension));
  }
};

/// dX = a(X) dt + b(X) dW. There need not be an energy, nor an equilibrium; so there is no bias either, and
/// free energies F = −kT ln p of what was visited are in units of the kT that is stated. Where the
/// stationary density is known, exp(−V/kT) with V as `equilibrium`, results can be compared with it; the
/// dynamics does not use it, and nothing checks that it is right but the comparison.
class Sde final : public System {
 public:
  explicit Sde(const Options& options)
      : dynamics_(options.dynamics.build()),
        integrator_(options.integrator.build()),
        thermal_energy_(options.temperature),
        equilibrium_(options.equilibrium ? options.equilibrium.build() : nullptr) {}

  [[nodiscard]] Index dimension() const override { return dynamics_->dimension(); }
  [[nodiscard]] double thermal_energy() const override { return thermal_energy_; }
  [[nodiscard]] double timestep() const override { return integrator_->timestep(); }
  [[nodiscard]] SystemAbilities abilities() const override {
    return {.energies = equilibrium_ != nullptr, .biases = false, .exact_repetition = true};
  }
  [[nodiscard]] const Potential* potential() const override { return equilibrium_.get(); }

  [[nodiscard]] std::string misfit(const Vector& state) const override {
    const NoiseShape noise = dynamics_->noise();
    BlockBuffer x(dimension(), 1), drift(dimension(), 1), diffusion(noise.rows(dimension()), 1);
    for (Index d = 0; d < dimension(); ++d) x.block().row(d).setConstant(state[d]);
    dynamics_->drift(x.block(), drift.block());
    dynamics_->diffusion(x.block(), diffusion.block());
    for (Index d = 0; d < dimension(); ++d)
      if (!std::isfinite(drift.block()(d, 0))) return fmt::format("the drift of coordinate {} is not finite there", d);
    const Index columns = noise.matrix ? noise.processes : 1;
    for (Index row = 0; row < noise.rows(dimension()); ++row)
      if (!std::isfinite(diffusion.block()(row, 0)))
        return fmt::format("the diffusion of coordinate {} is not finite there", row / columns);
    return {};
  }

  std::int64_t advance(WalkerTile& tile, const Restraint* restraint, const RandomStream& stream,
                       std::uint64_t first_step, std::int64_t steps) const override {
    ensure(restraint == nullptr || restraint->bias == nullptr, "a bias acts on a system that has no energy");
    return integrator_->advance(tile, *dynamics_, stream, first_step, steps);
  }

  void energies(ConstBlock x, double* energy) const override {
    if (equilibrium_ == nullptr)
      throw InputError("a stochastic differential equation has no energy, unless 'equilibrium' states one");
    BlockBuffer gradient(x.rows(), x.lanes());
    equilibrium_->evaluate(x, energy, gradient.block());
  }

 private:
  std::unique_ptr<Dynamics> dynamics_;
  std::unique_ptr<SdeIntegrator> integrator_;
  double thermal_energy_;
  std::unique_ptr<Potential> equilibrium_;
};

}  // namespace

LIFTWELL_COMPONENT(sde) {
  return Declaration<System, Options>("sde", "A stochastic differential equation, advanced by an integrator.")
      .reference(
          "Kloeden, Platen, Numerical Solution of Stochastic Differential Equations (1992), chapter 4, "
          "doi:10.1007/978-3-662-12616-5.")
      .parameter("dynamics", &Options::dynamics, unit::none, "Drift and diffusion.", required())
      .parameter("integrator", &Options::integrator, unit::none, "How walkers are advanced.", required())
      .parameter("temperature", &Options::temperature, unit::temperature,
                 "The kT of free energies -kT ln p; the dynamics does not know it.", above(0))
      .parameter(
          "equilibrium", &Options::equilibrium, unit::none,
          "Potential whose exp(-V/kT) is the stationary density, where that is known: for exact references only.")
      .example(
          "{type: sde, dynamics: {type: expression, coordinates: [x], drift: [-x], diffusion: [1]}, "
          "integrator: {type: euler_maruyama, timestep: 0.01}}")
      .creates<Sde>();
}

}  // namespace liftwell
