// SPDX-License-Identifier: MIT
// What the law checkers of this folder share. Each checker takes any implementation of a family's
// interface and returns the laws it breaks, one sentence each; empty means that all hold. They use the
// framework only, no test library, so that a plug-in's tests can call them too.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/block.hpp"

namespace liftwell::contracts {

using BrokenLaws = std::vector<std::string>;

/// dimension x lanes independent normals of standard deviation `spread`, different for each `purpose`.
inline BlockBuffer random_states(Index dimension, Index lanes, const char* purpose, double spread = 1) {
  BlockBuffer states(dimension, lanes);
  fill_normals(RandomStream::named(2023, {"contracts", purpose}), 0, 0, dimension, states.block().lanes(),
               states.block().data(), states.block().lanes());
  states.block().flat() *= spread;
  return states;
}

inline bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// Whether all entries agree bit for bit; also false for different shapes.
inline bool same_bits(ConstBlock a, ConstBlock b) {
  return a.rows() == b.rows() && a.lanes() == b.lanes() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.rows() * a.lanes()) * sizeof(double)) == 0;
}

/// Copies lanes first … first + out.lanes() − 1.
inline void copy_lanes(ConstBlock from, Index first, Block out) {
  for (Index r = 0; r < out.rows(); ++r)
    for (Index lane = 0; lane < out.lanes(); ++lane) out(r, lane) = from(r, first + lane);
}

/// d f / d x_d for all lanes by the five-point formula, error of order step^4. `f` writes one value per
/// lane for a block of states.
template <class Function>
void central_difference(ConstBlock x, Index d, double step, const Function& f, Row out) {
  BlockBuffer moved(x.rows(), x.lanes());
  BlockBuffer value(1, x.lanes());
  out.setZero();
  const struct { double shift, weight; } stencil[] = {{-2, 1}, {-1, -8}, {1, 8}, {2, -1}};
  for (const auto& [shift, weight] : stencil) {
    moved.block().flat() = x.flat();
    moved.block().row(d) += shift * step;
    f(ConstBlock(moved.block()), value.block().data());
    out += weight / (12 * step) * value.block().row(0);
  }
}

}  // namespace liftwell::contracts
