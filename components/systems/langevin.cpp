// SPDX-License-Identifier: MIT
// A potential at a temperature, advanced by an integrator: Langevin dynamics, with or without inertia.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>

#include "liftwell/families/system.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<Potential> potential;
  double temperature = 0;
  Component<Integrator> integrator;

  void check(Problems& problems) const {
    if (!potential || !integrator) return;
    if (auto misfit = integrator.build()->misfit(potential.build()->dimension()); !misfit.empty())
      problems.add("integrator", std::move(misfit));
  }
};

/// Passes evaluations on and counts them.
class CountingSurface final : public EnergySurface {
 public:
  explicit CountingSurface(const EnergySurface& base) : base_(base) {}
  [[nodiscard]] Index dimension() const override { return base_.dimension(); }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    ++count_;
    base_.evaluate(x, energy, gradient);
  }
  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  const EnergySurface& base_;
  mutable std::int64_t count_ = 0;
};

/// Samples exp(−V(x) / kT), up to the integrator's error in the time step. The temperature is the
/// thermal energy kT, in the potential's energy units.
class Langevin final : public System {
 public:
  explicit Langevin(const Options& options)
      : potential_(options.potential.build()),
        integrator_(options.integrator.build()),
        thermal_energy_(options.temperature) {}

  [[nodiscard]] Index dimension() const override { return potential_->dimension(); }
  [[nodiscard]] double thermal_energy() const override { return thermal_energy_; }
  [[nodiscard]] double timestep() const override { return integrator_->timestep(); }
  [[nodiscard]] SystemAbilities abilities() const override {
    return {.energies = true, .biases = true, .exact_repetition = true};
  }
  [[nodiscard]] bool has_velocities() const override { return integrator_->has_velocities(); }
  [[nodiscard]] bool proposes() const override { return integrator_->proposes(); }
  [[nodiscard]] double stability_limit() const override { return integrator_->stability_limit(); }
  [[nodiscard]] Vector pull(const Vector& gradient) const override { return integrator_->pull(gradient); }
  [[nodiscard]] double widening(const Vector& direction, double curvature) const override {
    return integrator_->widening(direction, curvature);
  }
  [[nodiscard]] Matrix assumed_curvature() const override { return integrator_->assumed_curvature(dimension()); }
  [[nodiscard]] const Potential* potential() const override { return potential_.get(); }

  [[nodiscard]] std::string misfit(const Vector& state) const override {
    BlockBuffer x(dimension(), 1), gradient(dimension(), 1), energy(1, 1);
    for (Index d = 0; d < dimension(); ++d) x.block().row(d).setConstant(state[d]);
    potential_->evaluate(x.block(), energy.block().data(), gradient.block());
    if (!std::isfinite(energy.block()(0, 0))) return "the energy is not finite there";
    for (Index d = 0; d < dimension(); ++d)
      if (!std::isfinite(gradient.block()(d, 0)))
        return fmt::format("the force on coordinate {} is not finite there", d);
    return {};
  }

  void draw_velocities(WalkerTile& tile, const RandomStream& stream) const override {
    if (!has_velocities()) return;
    fill_normals(stream, tile.first_walker, 0, tile.velocity.rows(), tile.velocity.lanes(), tile.velocity.data(),
                 tile.velocity.lanes());
    tile.velocity.flat() *= integrator_->velocity_scale(thermal_energy_);
  }

  std::int64_t advance(WalkerTile& tile, const Restraint* restraint, const RandomStream& stream,
                       std::uint64_t first_step, std::int64_t steps) const override {
    std::optional<BiasedSurface> biased;
    if (restraint != nullptr && restraint->bias != nullptr)
      biased.emplace(*potential_, *restraint->bias, restraint->centres);
    const CountingSurface counted(biased ? static_cast<const EnergySurface&>(*biased) : *potential_);
    integrator_->advance(tile, counted, thermal_energy_, stream, first_step, steps);
    return counted.count();
  }

  void energies(ConstBlock x, double* energy) const override {
    BlockBuffer gradient(x.rows(), x.lanes());
    potential_->evaluate(x, energy, gradient.block());
  }

 private:
  std::unique_ptr<Potential> potential_;
  std::unique_ptr<Integrator> integrator_;
  double thermal_energy_;
};

}  // namespace

LIFTWELL_COMPONENT(langevin) {
  return Declaration<System, Options>("langevin", "A potential at a temperature, advanced by an integrator.")
      .reference("Textbook: the stationary density of Langevin dynamics is proportional to exp(-V/kT).")
      .parameter("potential", &Options::potential, unit::none, "The potential energy V(x).", required())
      .parameter("temperature", &Options::temperature, unit::temperature,
                 "Thermal energy kT in the unit of the potential.", required() | above(0))
      .parameter("integrator", &Options::integrator, unit::none, "How walkers are advanced.", required())
      .example(
          "{type: langevin, potential: {type: harmonic, centre: [0, 0]}, temperature: 1, "
          "integrator: {type: baoab, timestep: 0.1}}")
      .creates<Langevin>();
}

}  // namespace liftwell
