// SPDX-License-Identifier: MIT
// Laws of every integrator.
#pragma once

#include "liftwell/families/integrator.hpp"
#include "support/contracts/laws.hpp"

namespace liftwell::contracts {

/// V = |x|² / 2, for tests of integrators.
class UnitWell final : public EnergySurface {
 public:
  explicit UnitWell(Index dimension) : dimension_(dimension) {}
  [[nodiscard]] Index dimension() const override { return dimension_; }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    gradient.flat() = x.flat();
    if (energy == nullptr) return;
    Row total(energy, x.lanes());
    total.setZero();
    for (Index d = 0; d < dimension_; ++d) total += 0.5 * x.row(d).square();
  }

 private:
  Index dimension_;
};

/// A tile with its memory. Starts at random positions of spread 1, at rest.
struct OwnedTile {
  BlockBuffer position, velocity;
  WalkerTile tile;
  OwnedTile(Index dimension, Index lanes, bool with_velocity, std::uint32_t first_walker = 0)
      : position(random_states(dimension, lanes, "tile")),
        velocity(with_velocity ? dimension : 0, lanes),
        tile{position.block(), velocity.block(), first_walker} {}
};

/// Bit-for-bit laws: n + m steps are n, then m, wherever the cut falls; a walker depends neither on its
/// place in the tile nor on the other walkers. Statistical law, with the fixed stream: in a harmonic
/// well of spring constant 1 at kT = 1 the stationary variance of a coordinate is 1, up to
/// 0.75 timestep (every method of weak order 1 satisfies this) and four standard errors of 1 %. It is
/// started at rest in the centre, left 10 time units to relax, and so asks for examples whose
/// mobility, or mass and friction, are about 1.
inline BrokenLaws integrator_laws(const Integrator& integrator) {
  BrokenLaws broken;
  const RandomStream stream = RandomStream::named(2023, {"contracts", "integrator"}, 3);
  const bool inertia = integrator.has_velocities();
  const double timestep = integrator.timestep();
  if (!(timestep > 0)) return {"its time step is positive"};

  constexpr Index dimension = 3;
  const UnitWell well(dimension);
  constexpr std::int64_t total = 45;
  constexpr std::uint64_t start = 7;
  OwnedTile whole(dimension, 64, inertia);
  integrator.advance(whole.tile, well, 0.7, stream, start, total);
  if (!whole.position.block().flat().isFinite().all()) broken.push_back("it is stable in a harmonic well");
  for (const std::int64_t cut : {1, 16, 17, 44}) {
    OwnedTile parts(dimension, 64, inertia);
    integrator.advance(parts.tile, well, 0.7, stream, start, cut);
    integrator.advance(parts.tile, well, 0.7, stream, start + static_cast<std::uint64_t>(cut), total - cut);
    if (!same_bits(parts.position.block(), whole.position.block()) ||
        !same_bits(parts.velocity.block(), whole.velocity.block()))
      broken.push_back("45 steps are " + std::to_string(cut) + " steps and then the rest, bit for bit");
  }
  OwnedTile few(dimension, 8, inertia, 40);
  copy_lanes(random_states(dimension, 64, "tile").block(), 40, few.position.block());
  integrator.advance(few.tile, well, 0.7, stream, start, total);
  BlockBuffer expected(dimension, 8);
  copy_lanes(whole.position.block(), 40, expected.block());
  if (!same_bits(few.position.block(), expected.block()))
    broken.push_back("a walker's path depends neither on its place nor on the size of the tile");
  OwnedTile again(dimension, 64, inertia);
  integrator.advance(again.tile, well, 0.7, stream, start + 1, total);
  if (same_bits(again.position.block(), whole.position.block()))
    broken.push_back("steps of other numbers have other noise");

  constexpr Index walkers = 1024;
  OwnedTile many(2, walkers, inertia);
  many.position.block().flat().setZero();
  const UnitWell plane(2);
  const auto steps = [&](double time) { return static_cast<std::int64_t>(std::ceil(time / timestep)); };
  constexpr int samples = 10;
  std::uint64_t step = 0;
  const auto run = [&](std::int64_t count) {
    integrator.advance(many.tile, plane, 1.0, stream, step, count);
    step += static_cast<std::uint64_t>(count);
  };
  run(steps(10));
  double variance = 0, velocity_variance = 0;
  for (int i = 0; i < samples; ++i) {
    run(steps(3));
    variance += many.position.block().flat().square().mean() / samples;
    if (inertia) velocity_variance += many.velocity.block().flat().square().mean() / samples;
  }
  const double tolerance = 0.75 * timestep + 4 * std::sqrt(2.0 / (2 * walkers * samples));
  if (!(std::abs(variance - 1) < tolerance))
    broken.push_back("the stationary variance of a unit well is 1 (is " + std::to_string(variance) +
                     ", allowed off by " + std::to_string(tolerance) + ")");
  if (inertia) {
    const double scale = integrator.velocity_scale(1.0);
    if (!(std::abs(velocity_variance / (scale * scale) - 1) < tolerance))
      broken.push_back("the stationary variance of a velocity is velocity_scale squared (ratio " +
                       std::to_string(velocity_variance / (scale * scale)) + ")");
  }
  return broken;
}

}  // namespace liftwell::contracts
