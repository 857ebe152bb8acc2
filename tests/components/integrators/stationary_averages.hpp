// SPDX-License-Identifier: MIT
// ⟨x²⟩ over the stationary law of an integrator.
#pragma once

#include <cmath>
#include <string>

#include "support/contracts/integrator_laws.hpp"
#include "support/evaluated.hpp"

namespace liftwell::testing {

struct Average {
  double value, standard_error;
};

/// ⟨x²⟩ over the last `samples` of 4096 walkers, one sample each 1.5 time units (several relaxation times).
inline Average mean_square(const Integrator& integrator, const EnergySurface& surface, int samples) {
  constexpr Index lanes = 256, tiles = 16;
  const RandomStream stream = RandomStream::named(2023, {"stationary averages"});
  double sum = 0, square = 0;
  for (Index tile = 0; tile < tiles; ++tile) {
    contracts::OwnedTile walkers(surface.dimension(), lanes, integrator.has_velocities(),
                                 static_cast<std::uint32_t>(tile * lanes));
    walkers.position.block().flat() *= 0.5;
    const auto steps = static_cast<std::int64_t>(std::ceil(1.5 / integrator.timestep()));
    std::uint64_t step = 0;
    for (int sample = -4; sample < samples; ++sample) {
      integrator.advance(walkers.tile, surface, 1.0, stream, step, steps);
      step += static_cast<std::uint64_t>(steps);
      if (sample < 0) continue;
      const auto x2 = walkers.position.block().flat().square();
      sum += x2.sum();
      square += x2.square().sum();
    }
  }
  const auto n = static_cast<double>(lanes * tiles * surface.dimension() * samples);
  const double mean = sum / n;
  return {mean, std::sqrt((square / n - mean * mean) / n)};
}

}  // namespace liftwell::testing
