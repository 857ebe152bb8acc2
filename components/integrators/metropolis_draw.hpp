// SPDX-License-Identifier: MIT
// The random decision of a Metropolis step from two normals of the step's own.
#pragma once

#include "liftwell/data/block.hpp"

namespace liftwell {

/// Normals of a Metropolis step in `coordinates` dimensions: one each, and two for the decision.
[[nodiscard]] constexpr Index metropolis_rows(Index coordinates) { return coordinates + 2; }

/// −ln u for each lane, u uniform on (0, 1): half the squared length of a plane normal vector is Exp(1).
/// A proposal is accepted where this is at least −ln of its acceptance probability.
inline void exponential_draw(ConstBlock normals, Index coordinates, Row out) {
  out = 0.5 * (normals.row(coordinates).square() + normals.row(coordinates + 1).square());
}

/// The cosine of that vector's angle, which is independent of its length: symmetric on (−1, 1).
inline void cosine_draw(ConstBlock normals, Index coordinates, Row out) {
  const auto first = normals.row(coordinates), second = normals.row(coordinates + 1);
  out = first / (first.square() + second.square() + 1e-300).sqrt();
}

/// Where a walker is, or is proposed to be: what a step has to know of it.
struct MetropolisState {
  Block position, gradient, energy;
};

/// The states whose cost, −ln of the acceptance probability, is at most their exponential draw become those proposed,
/// and are counted. NaN never accepts. `draw` is overwritten.
inline void accept(ConstRow cost, Block draw, const MetropolisState& proposed, const MetropolisState& current,
                   Block counts) {
  draw.row(0) = (cost <= draw.row(0)).cast<double>();
  const auto move = [accepted = draw.row(0)](ConstBlock from, Block to) {
    for (Index d = 0; d < to.rows(); ++d) to.row(d) = (accepted > 0).select(from.row(d), to.row(d));
  };
  move(proposed.position, current.position);
  move(proposed.gradient, current.gradient);
  move(proposed.energy, current.energy);
  if (counts.rows() > 0) counts.row(0) += draw.row(0);
}

}  // namespace liftwell
