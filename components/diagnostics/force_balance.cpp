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

/// The work space of v_k at the states of a tile.
struct Fields {
  std::vector<BlockBuffer> slopes;   ///< ∇ξ_k
  std::vector<BlockBuffer> allowed;  ///< Π ∇ξ_k
  BlockBuffer value;

  Fields(Index size, Index dimension, Index lanes) : value(1, lanes) {
    for (Index k = 0; k < size; ++k) {
      slopes.emplace_back(dimension, lanes);
      allowed.emplace_back(dimension, lanes);
    }
  }

  void set(const System& system, const CoarseMap& coarse, ConstBlock x) {
    gradients_at(coarse, x, slopes, value);
    for (std::size_t k = 0; k < slopes.size(); ++k) {
      allowed[k].block().flat() = slopes[k].block().flat();
      system.take_forbidden(x, allowed[k].block());
    }
  }

  /// Whether nothing is other than in `other`, so that v is the same at every lane.
  [[nodiscard]] bool same_as(const Fields& other) const {
    const auto same = [](ConstBlock a, ConstBlock b) { return (a.flat() == b.flat()).all(); };
    for (std::size_t k = 0; k < slopes.size(); ++k)
      if (!same(slopes[k].block(), other.slopes[k].block()) || !same(allowed[k].block(), other.allowed[k].block()))
        return false;
    return true;
  }

  /// v_k as rows (coarse x dimension) at one lane: B v = Π∇ξ with B_kj = Π∇ξ_k·∇ξ_j, which is not symmetric.
  [[nodiscard]] Matrix at(Index lane) const {
    const auto size = static_cast<Index>(slopes.size());
    const Index dimension = slopes.front().block().rows();
    Matrix along(size, dimension), ways(size, dimension);
    for (Index k = 0; k < size; ++k)
      for (Index d = 0; d < dimension; ++d) {
        along(k, d) = slopes[static_cast<std::size_t>(k)].block()(d, lane);
        ways(k, d) = allowed[static_cast<std::size_t>(k)].block()(d, lane);
      }
    const Matrix products = ways * along.transpose();
    return SymmetricFactor(products.transpose() * products).solve(Matrix(products.transpose() * ways));
  }
};

/// Whether a displacement of all coordinates is free at the first of the frames.
bool without_constraints(const System& system, const FrameRows& frames) {
  BlockBuffer x(frames.dimension, lane_multiple), vector(frames.dimension, lane_multiple);
  for (Index d = 0; d < frames.dimension; ++d) {
    x.block().row(d).setConstant(static_cast<double>(frames.positions[d]));
    vector.block().row(d).setConstant(std::sqrt(2.0 + static_cast<double>(d)));
  }
  system.take_forbidden(std::as_const(x).block(), vector.block());
  for (Index d = 0; d < frames.dimension; ++d)
    if (vector.block()(d, 0) != std::sqrt(2.0 + static_cast<double>(d))) return false;
  return true;
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
void balance_tile(const System& system, const Bias& bias, double thermal_energy, const FrameRows& frames,
                  const Matrix& centres, Index first, bool straight, ForceBalance& out) {
  const CoarseMap& coarse = bias.coarse();
  const Index size = coarse.size(), dimension = frames.dimension;
  const Index used = std::min(tile_lanes, frames.count - first);
  BlockBuffer x(dimension, used), gradient(dimension, used);
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
  system.potential()->evaluate(std::as_const(x).block(), nullptr, gradient.block());
  Fields fields(size, dimension, used);
  fields.set(system, coarse, std::as_const(x).block());

  std::vector<Matrix> unmoved;  // v at each lane
  for (Index lane = 0; lane < used; ++lane) {
    const Matrix& v = unmoved.emplace_back(fields.at(lane));
    for (Index k = 0; k < size; ++k) {
      double along = 0;
      for (Index d = 0; d < dimension; ++d) along += v(k, d) * gradient.block()(d, lane);
      out.xi(first + lane, k) = xi.block()(k, lane);
      out.rest(first + lane, k) = along;
      out.pull(first + lane, k) = pull.block()(k, lane);
    }
  }
  if (straight) return;
  // Of the derivative of v_k along coordinate d, what constraints allow, and of that component d.
  const BlockBuffer here = [&] {
    BlockBuffer copy(dimension, used);
    copy.block().flat() = x.block().flat();
    return copy;
  }();
  Fields moved(size, dimension, used);
  std::vector<BlockBuffer> change;
  for (Index k = 0; k < size; ++k) change.emplace_back(dimension, used);
  for (Index d = 0; d < dimension; ++d) {
    // Small against any length over which ξ bends, large against rounding.
    const Eigen::ArrayXd step = 1e-5 * (1 + here.block().row(d).abs());
    for (BlockBuffer& buffer : change) buffer.block().flat().setZero();
    bool any = false;
    for (const double sign : {1.0, -1.0}) {
      x.block().row(d) = here.block().row(d) + sign * step;
      moved.set(system, coarse, std::as_const(x).block());
      if (moved.same_as(fields)) continue;  // of a molecule, most coordinates have no part in ξ
      any = true;
      for (Index lane = 0; lane < used; ++lane) {
        const Matrix v = (moved.at(lane) - unmoved[static_cast<std::size_t>(lane)]) * (sign / (2 * step[lane]));
        for (Index k = 0; k < size; ++k)
          for (Index e = 0; e < dimension; ++e) change[static_cast<std::size_t>(k)].block()(e, lane) += v(k, e);
      }
    }
    x.block().row(d) = here.block().row(d);
    if (!any) continue;
    for (Index k = 0; k < size; ++k) {
      const Block of_k = change[static_cast<std::size_t>(k)].block();
      system.take_forbidden(here.block(), of_k);
      for (Index lane = 0; lane < used; ++lane) out.rest(first + lane, k) -= thermal_energy * of_k(d, lane);
    }
  }
}

}  // namespace

ForceBalance force_balance(const System& system, const Bias& bias, double thermal_energy, const FrameRows& frames,
                           const Matrix& centres, const Executor& executor) {
  const Index size = bias.coarse().size();
  ForceBalance out{Matrix(frames.count, size), Matrix(frames.count, size), Matrix(frames.count, size)};
  if (frames.count == 0) return out;
  const bool straight = straight_lines(bias.coarse(), frames) && without_constraints(system, frames);
  executor.for_each((frames.count + tile_lanes - 1) / tile_lanes, [&](Index tile) {
    balance_tile(system, bias, thermal_energy, frames, centres, tile * tile_lanes, straight, out);
  });
  return out;
}

}  // namespace liftwell
