// SPDX-License-Identifier: MIT
// Conformations of a molecule without knowing anything of its coordinates: whatever bonds let turn is turned.
#pragma once

#include <numbers>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/data/topology.hpp"

namespace liftwell::testing {

struct ConformationLaw {
  double noise = 0.004;        ///< nm, of every coordinate of the structure, before anything is turned
  std::vector<Bond> stiff;     ///< bonds that do not turn
  double hydrogen_length = 0;  ///< nm: of every bond to hydrogen; 0: whatever the noise makes of it
};

namespace detail {

/// Atoms that are reached from `b` without passing `a`.
inline std::vector<Index> side_of(const std::vector<std::vector<Index>>& neighbours, Index a, Index b) {
  std::vector<Index> out{b};
  std::vector<bool> seen(neighbours.size(), false);
  seen[static_cast<std::size_t>(a)] = seen[static_cast<std::size_t>(b)] = true;
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const Index next : neighbours[static_cast<std::size_t>(out[i])])
      if (!seen[static_cast<std::size_t>(next)]) {
        seen[static_cast<std::size_t>(next)] = true;
        out.push_back(next);
      }
  return out;
}

inline void put(double* state, Index atom, Point p) {
  state[3 * atom] = p.x;
  state[3 * atom + 1] = p.y;
  state[3 * atom + 2] = p.z;
}

}  // namespace detail

/// n x 3 atoms; for trees of bonds.
inline Matrix conformations(const Topology& topology, const Matrix& structure, Index count,
                            const ConformationLaw& law = {}) {
  const auto neighbours = topology.neighbours();
  Matrix out = structure.replicate(count, 1);
  for (Index row = 0; row < count; ++row) {
    double* const state = &out(row, 0);
    RandomSequence random(RandomStream::named(4, {"conformations"}), static_cast<std::uint32_t>(row));
    for (Index d = 0; d < out.cols(); ++d) state[d] += law.noise * random.normal();
    for (const auto& [a, b] : topology.bonds) {
      const auto ends = {neighbours[static_cast<std::size_t>(a)].size(),
                         neighbours[static_cast<std::size_t>(b)].size()};
      if (std::min(ends) < 2 || std::count(law.stiff.begin(), law.stiff.end(), Bond(a, b)) > 0) continue;
      const Point origin = point(state, a), along = point(state, b) - origin, axis = (1 / norm(along)) * along;
      const double angle = (2 * random.uniform() - 1) * std::numbers::pi;
      for (const Index atom : detail::side_of(neighbours, a, b)) {
        const Point p = point(state, atom) - origin;
        detail::put(state, atom,
                    origin + std::cos(angle) * p + std::sin(angle) * cross(axis, p) +
                        ((1 - std::cos(angle)) * dot(axis, p)) * axis);
      }
    }
    for (const auto& [a, b] : topology.bonds)
      for (const auto& [light, heavy] : {std::pair{a, b}, std::pair{b, a}})
        if (law.hydrogen_length > 0 && topology[light].element->symbol == "H") {
          const Point arm = point(state, light) - point(state, heavy);
          detail::put(state, light, point(state, heavy) + (law.hydrogen_length / norm(arm)) * arm);
        }
  }
  return out;
}

}  // namespace liftwell::testing
