// SPDX-License-Identifier: MIT
#include "force_balance.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

constexpr Index tile_lanes = 256;

/// ∇ξ_k at the states of a tile: one block (dimension x lanes) per variable.
void gradients_at(const CoarseMap& coarse, ConstBlock x, std::vector<BlockBuffer>& gradients, BlockBuffer& value) {
  for (Index k = 0; k < coarse.size(); ++k)
    coarse[k].evaluate(x, value.block().data(), gradients[static_cast<std::size_t>(k)].block());
}

/// v_k as rows (coarse x dimension) at one lane.
Matrix fields(const std::vector<BlockBuffer>& gradients, Index lane) {
  const auto size = static_cast<Index>(gradients.size());
  const Index dimension = gradients.front().block().rows();
  Matrix slopes(size, dimension);
  for (Index k = 0; k < size; ++k)
    for (Index d = 0; d < dimension; ++d) slopes(k, d) = gradients[static_cast<std::size_t>(k)].block()(d, lane);
  return SymmetricFactor(slopes * slopes.transpose()).solve(slopes);
}

/// Whether no gradient changes from a state to places scattered around it.
bool straight_lines(const CoarseMap& coarse, const FrameRows& frames) {
  BlockBuffer x(frames.dimension, lane_multiple), value(1, lane_multiple), gradient(frames.dimension, lane_multiple);
  for (Index d = 0; d < frames.dimension; ++d)
    for (Index lane = 0; lane < lane_multiple; ++lane)
      x.block()(d, lane) = static_cast<double>(frames.positions[d]) +
                           0.3 * std::fmod(static_cast<double>(lane) * std::sqrt(2.0 + static_cast<double>(d)), 1.0);
  for (Index k = 0; k < coarse.size(); ++k) {
    coarse[k].evaluate(std::as_const(x).block(), value.block().data(), gradient.block());
    for (Index d = 0; d < frames.dimension; ++d)
      for (Index lane = 1; lane < lane_multiple; ++lane)
        if (gradient.block()(d, lane) != gradient.block()(d, 0)) return false;
  }
  return true;
}

/// The work space and results of one tile.
void balance_tile(const Potential& potential, const Bias& bias, double thermal_energy, const FrameRows& frames,
                  const Matrix& centres, Index first, bool straight, ForceBalance& out) {
  const CoarseMap& coarse = bias.coarse();
  const Index size = coarse.size(), dimension = frames.dimension;
  const Index used = std::min(tile_lanes, frames.count - first);
  BlockBuffer x(dimension, used), gradient(dimension, used), value(1, used);
  BlockBuffer xi(size, used), centre(size, used), energy(1, used), pull(size, used);
  const Index lanes = x.block().lanes();
  for (Index lane = 0; lane < lanes; ++lane) {
    const Index row = first + std::min(lane, used - 1);
    for (Index d = 0; d < dimension; ++d)
      x.block()(d, lane) = static_cast<double>(frames.positions[row * dimension + d]);
    for (Index k = 0; k < size; ++k) centre.block()(k, lane) = centres(row, k);
  }
  coarse.values(std::as_const(x).block(), xi.block());
  bias.evaluate(std::as_const(xi).block(), std::as_const(centre).block(), energy.block().data(), pull.block());
  potential.evaluate(std::as_const(x).block(), nullptr, gradient.block());
  std::vector<BlockBuffer> slopes;
  for (Index k = 0; k < size; ++k) slopes.emplace_back(dimension, used);
  gradients_at(coarse, std::as_const(x).block(), slopes, value);

  for (Index lane = 0; lane < used; ++lane) {
    const Matrix v = fields(slopes, lane);
    for (Index k = 0; k < size; ++k) {
      double along = 0;
      for (Index d = 0; d < dimension; ++d) along += v(k, d) * gradient.block()(d, lane);
      out.xi(first + lane, k) = xi.block()(k, lane);
      out.rest(first + lane, k) = along;
      out.pull(first + lane, k) = pull.block()(k, lane);
    }
  }
  if (straight) return;
  for (Index d = 0; d < dimension; ++d) {
    Matrix difference = Matrix::Zero(used, size);
    // Small against any length over which ξ bends, large against rounding.
    const Eigen::ArrayXd here = x.block().row(d), step = 1e-5 * (1 + here.abs());
    for (const double sign : {1.0, -1.0}) {
      x.block().row(d) = here + sign * step;
      gradients_at(coarse, std::as_const(x).block(), slopes, value);
      for (Index lane = 0; lane < used; ++lane)
        difference.row(lane) += sign * fields(slopes, lane).col(d).transpose() / (2 * step[lane]);
    }
    x.block().row(d) = here;
    out.rest.middleRows(first, used) -= thermal_energy * difference;
  }
}

}  // namespace

ForceBalance force_balance(const Potential& potential, const Bias& bias, double thermal_energy, const FrameRows& frames,
                           const Matrix& centres, const Executor& executor) {
  const Index size = bias.coarse().size();
  ForceBalance out{Matrix(frames.count, size), Matrix(frames.count, size), Matrix(frames.count, size)};
  if (frames.count == 0) return out;
  const bool straight = straight_lines(bias.coarse(), frames);
  executor.for_each((frames.count + tile_lanes - 1) / tile_lanes, [&](Index tile) {
    balance_tile(potential, bias, thermal_energy, frames, centres, tile * tile_lanes, straight, out);
  });
  return out;
}

}  // namespace liftwell
