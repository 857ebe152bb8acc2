// SPDX-License-Identifier: MIT
// The simplest members of a few families, outside the registry: tests of one family need not wait
// for, or fail with, the components of another.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/bias.hpp"
#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/potential.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell::testing {

/// A component configured in code; its declaration never enters a registry.
template <class Family, class Class, class Options>
Component<Family> configured(std::string name, Options options) {
  static const ComponentDeclaration declaration =
      Declaration<Family, Options>("toy", "A toy for tests.").template creates<Class>();
  auto made = std::make_shared<Configured>();
  made->declaration = &declaration;
  made->name = std::move(name);
  made->options = std::move(options);
  return Component<Family>(made);
}

struct AxisOptions {
  std::int64_t index = 0;
  std::optional<double> period;
};

/// ξ = x_index.
class Axis final : public CoarseVariable {
 public:
  explicit Axis(AxisOptions options) : options_(options) {}
  [[nodiscard]] std::string misfit(Index dimension) const override {
    return options_.index < dimension ? "" : "there is no such coordinate";
  }
  [[nodiscard]] std::optional<double> period() const override { return options_.period; }
  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    for (Index lane = 0; lane < x.lanes(); ++lane) value[lane] = x(options_.index, lane);
    for (Index r = 0; r < gradient.rows(); ++r)
      for (Index lane = 0; lane < x.lanes(); ++lane) gradient(r, lane) = r == options_.index ? 1 : 0;
  }

 private:
  AxisOptions options_;
};

/// Coarse variables named c<index>, one per entry of `axes`.
inline CoarseMap axes(const std::vector<std::int64_t>& indices, std::optional<double> period = {}) {
  std::vector<Component<CoarseVariable>> variables;
  for (const std::int64_t index : indices)
    variables.push_back(configured<CoarseVariable, Axis>("c" + std::to_string(index), AxisOptions{index, period}));
  return CoarseMap(variables);
}

/// stiffness/2 (x_0 − centre)².
class Spring final : public Bias {
 public:
  explicit Spring(double stiffness) : stiffness_(stiffness), coarse_(axes({0})) {}
  [[nodiscard]] const CoarseMap& coarse() const override { return coarse_; }
  void evaluate(ConstBlock xi, ConstBlock centre, double* energy, Block derivative) const override {
    for (Index lane = 0; lane < xi.lanes(); ++lane) {
      const double distance = xi(0, lane) - centre(0, lane);
      energy[lane] = stiffness_ / 2 * distance * distance;
      if (derivative.rows() > 0) derivative(0, lane) = stiffness_ * distance;
    }
  }
  [[nodiscard]] Vector sigma(double thermal_energy) const override {
    return Vector::Constant(1, std::sqrt(thermal_energy / stiffness_));
  }

 private:
  double stiffness_;
  CoarseMap coarse_;
};

/// V given by a function of one state; the gradient is written as zero and no test looks at it.
class PlainPotential final : public Potential {
 public:
  PlainPotential(Index dimension, std::function<double(const Vector&)> energy)
      : dimension_(dimension), energy_(std::move(energy)) {}
  [[nodiscard]] Index dimension() const override { return dimension_; }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    Vector state(dimension_);
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      for (Index r = 0; r < dimension_; ++r) {
        state[r] = x(r, lane);
        gradient(r, lane) = 0;
      }
      if (energy != nullptr) energy[lane] = energy_(state);
    }
  }

 private:
  Index dimension_;
  std::function<double(const Vector&)> energy_;
};

/// A system that only knows its potential and temperature.
class StillSystem final : public System {
 public:
  StillSystem(const Potential& potential, double thermal_energy)
      : potential_(potential), thermal_energy_(thermal_energy) {}
  [[nodiscard]] Index dimension() const override { return potential_.dimension(); }
  [[nodiscard]] double thermal_energy() const override { return thermal_energy_; }
  [[nodiscard]] double timestep() const override { return 1; }
  [[nodiscard]] SystemAbilities abilities() const override { return {.energies = true}; }
  std::int64_t advance(WalkerTile&, const Restraint*, const RandomStream&, std::uint64_t, std::int64_t) const override {
    return 0;
  }
  void energies(ConstBlock x, double* energy) const override {
    BlockBuffer gradient(dimension(), x.lanes());
    potential_.evaluate(x, energy, gradient.block());
  }
  [[nodiscard]] const Potential* potential() const override { return &potential_; }

 private:
  const Potential& potential_;
  double thermal_energy_;
};

}  // namespace liftwell::testing
