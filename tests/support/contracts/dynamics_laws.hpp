// SPDX-License-Identifier: MIT
// Laws of all dynamics, and of all integrators of stochastic differential equations.
#pragma once

#include <cmath>
#include <string>

#include "liftwell/families/sde_integrator.hpp"
#include "support/contracts/integrator_laws.hpp"

namespace liftwell::contracts {

/// At 64 random states: finite values, independent of place and size of the tile, and noise of the kind it
/// says it is: additive noise the same everywhere, an entry of diagonal noise moved by its own coordinate alone.
inline BrokenLaws dynamics_laws(const Dynamics& dynamics) {
  BrokenLaws broken;
  const Index dimension = dynamics.dimension();
  const NoiseShape noise = dynamics.noise();
  if (dimension < 1 || noise.processes < 1) return {"it has coordinates and noise"};
  if (!noise.matrix && noise.processes != dimension)
    broken.push_back("a diagonal has one Wiener process for each coordinate");
  if (noise.kind == NoiseShape::Kind::general && !noise.matrix) broken.push_back("general noise is a matrix");
  constexpr Index lanes = 64;
  const Index rows = noise.rows(dimension);
  const BlockBuffer x = random_states(dimension, lanes, "dynamics");
  BlockBuffer a(dimension, lanes), b(rows, lanes);
  dynamics.drift(x.block(), a.block());
  dynamics.diffusion(x.block(), b.block());
  if (!a.block().flat().isFinite().all() || !b.block().flat().isFinite().all())
    broken.push_back("drift and diffusion are finite at ordinary states");
  BlockBuffer few(dimension, 8), few_a(dimension, 8), few_b(rows, 8), expected_a(dimension, 8), expected_b(rows, 8);
  copy_lanes(x.block(), 24, few.block());
  copy_lanes(a.block(), 24, expected_a.block());
  copy_lanes(b.block(), 24, expected_b.block());
  dynamics.drift(few.block(), few_a.block());
  dynamics.diffusion(few.block(), few_b.block());
  if (!same_bits(few_a.block(), expected_a.block()) || !same_bits(few_b.block(), expected_b.block()))
    broken.push_back("a state's result depends neither on its place nor on the size of the tile");

  for (Index moved = 0; moved < dimension; ++moved) {
    BlockBuffer there(dimension, lanes), b_there(rows, lanes);
    there.block().flat() = x.block().flat();
    there.block().row(moved) += 0.3;
    dynamics.diffusion(there.block(), b_there.block());
    for (Index r = 0; r < rows; ++r) {
      const bool changed = (b_there.block().row(r) != b.block().row(r)).any();
      if (changed && noise.kind == NoiseShape::Kind::additive) broken.push_back("additive noise is constant");
      if (changed && noise.kind == NoiseShape::Kind::diagonal && r != moved)
        broken.push_back("an entry of diagonal noise depends on its own coordinate alone");
    }
  }
  return broken;
}

/// dX_d = −X_d dt + √2 dW_d, as a diagonal or as a matrix.
class UnitRelaxation final : public Dynamics {
 public:
  UnitRelaxation(Index dimension, NoiseShape::Kind kind) : dimension_(dimension), kind_(kind) {}
  [[nodiscard]] Index dimension() const override { return dimension_; }
  [[nodiscard]] NoiseShape noise() const override { return {kind_, dimension_, kind_ == NoiseShape::Kind::general}; }
  void drift(ConstBlock x, Block a) const override { a.flat() = -x.flat(); }
  void diffusion(ConstBlock, Block b) const override {
    b.flat().setZero();
    for (Index r = 0; r < b.rows(); r += noise().matrix ? dimension_ + 1 : 1) b.row(r).setConstant(std::sqrt(2.0));
  }

 private:
  Index dimension_;
  NoiseShape::Kind kind_;
};

/// As integrator_laws, for each kind of noise, with the stationary variance 1 of every coordinate.
inline BrokenLaws sde_integrator_laws(const SdeIntegrator& integrator) {
  BrokenLaws broken;
  const double timestep = integrator.timestep();
  if (!(timestep > 0)) return {"its time step is positive"};
  for (const auto kind : {NoiseShape::Kind::additive, NoiseShape::Kind::diagonal, NoiseShape::Kind::general}) {
    const std::string where = " (kind of noise " + std::to_string(static_cast<int>(kind)) + ")";
    const RandomStream stream = RandomStream::named(2023, {"contracts", "SDE integrator"}, 3);
    const UnitRelaxation dynamics(3, kind);
    OwnedTile whole(3, 64, false);
    if (integrator.advance(whole.tile, dynamics, stream, 7, 45) < 45)
      broken.push_back("it counts at least one evaluation of the drift for each step" + where);
    for (const std::int64_t cut : {1, 16, 17, 44}) {
      OwnedTile parts(3, 64, false);
      integrator.advance(parts.tile, dynamics, stream, 7, cut);
      integrator.advance(parts.tile, dynamics, stream, 7 + static_cast<std::uint64_t>(cut), 45 - cut);
      if (!same_bits(parts.position.block(), whole.position.block()))
        broken.push_back("45 steps are " + std::to_string(cut) + " steps and then the rest, bit for bit" + where);
    }
    OwnedTile few(3, 8, false, 40);
    copy_lanes(random_states(3, 64, "tile").block(), 40, few.position.block());
    integrator.advance(few.tile, dynamics, stream, 7, 45);
    BlockBuffer expected(3, 8);
    copy_lanes(whole.position.block(), 40, expected.block());
    if (!same_bits(few.position.block(), expected.block()))
      broken.push_back("a walker's path depends neither on its place nor on the size of the tile" + where);

    constexpr Index walkers = 1024;
    constexpr int samples = 10;
    OwnedTile many(3, walkers, false);
    std::uint64_t step = 0;
    double variance = 0;
    for (int i = -4; i < samples; ++i) {
      const auto count = static_cast<std::int64_t>(std::ceil(3 / timestep));
      integrator.advance(many.tile, dynamics, stream, step, count);
      step += static_cast<std::uint64_t>(count);
      if (i >= 0) variance += many.position.block().flat().square().mean() / samples;
    }
    const double tolerance = 0.75 * timestep + 4 * std::sqrt(2.0 / (3 * walkers * samples));
    if (!(std::abs(variance - 1) < tolerance))
      broken.push_back("the stationary variance of a unit relaxation is 1 (is " + std::to_string(variance) + ")" +
                       where);
  }
  return broken;
}

}  // namespace liftwell::contracts
