// SPDX-License-Identifier: MIT
// Bootstrap weights none of which is zero, for models that fall apart when a rare transition is left out.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "sampled_frames.hpp"

namespace liftwell {

namespace detail {

/// Gamma variate of shape `shape` > 0 and scale 1 (Marsaglia and Tsang, ACM Trans. Math. Softw. 26, 363 (2000)).
inline double gamma_variate(double shape, RandomSequence& random) {
  if (shape < 1) {
    const double larger = gamma_variate(shape + 1, random);
    return larger * std::pow(random.uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(random.uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace detail

/// Weights of the blocks in each replicate (blocks x replicates): Dirichlet within each state, times its number of
/// blocks B (the Bayesian bootstrap of Rubin, Ann. Stat. 9, 130 (1981), smoothed further). The shape (B − 2)/B
/// gives a mean of blocks the variance s²/B with s² over B − 1, as bootstrap_weights() does. Replicate r uses
/// lane r of `stream`.
inline Matrix smooth_bootstrap_weights(const SampledFrames& frames, Index replicates, const RandomStream& stream) {
  const auto blocks = static_cast<Index>(frames.block_state.size());
  const std::vector<std::vector<Index>> members = blocks_by_state(frames);
  Matrix out = Matrix::Ones(blocks, replicates);
  for (Index r = 0; r < replicates; ++r) {
    RandomSequence random(stream, static_cast<std::uint32_t>(r));
    for (const auto& own : members) {
      const auto count = static_cast<double>(own.size());
      if (count < 2) continue;
      double sum = 0;
      for (const Index b : own) {
        out(b, r) = std::max(1e-12, detail::gamma_variate(std::max(1.0, count - 2) / count, random));
        sum += out(b, r);
      }
      for (const Index b : own) out(b, r) *= count / sum;
    }
  }
  return out;
}

}  // namespace liftwell
