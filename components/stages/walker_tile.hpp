// SPDX-License-Identifier: MIT
// The buffers of walkers that are advanced together.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "walker_advance.hpp"

namespace liftwell {

/// Coordinates beyond this are taken for an explosion: far outside anything a bound system visits.
inline constexpr double runaway = 1e9;

/// The buffers of one tile of walkers, and the calls that move it.
class Tile {
 public:
  Tile(const SimulationPlan& plan, Index first, Index lanes)
      : plan_(plan),
        first_(first),
        lanes_(lanes),
        position_(plan.system->dimension(), lanes),
        velocity_(plan.system->has_velocities() ? plan.system->dimension() : 0, lanes),
        centres_(plan.bias != nullptr ? plan.centres.cols() : 0, lanes),
        energy_(1, lanes),
        accepted_(plan.system->proposes() ? 1 : 0, lanes) {
    for (Index lane = 0; lane < centres_.block().lanes(); ++lane)
      for (Index k = 0; k < centres_.block().rows(); ++k) centres_.block()(k, lane) = plan.centres(walker(lane), k);
    restraint_ = {plan.bias, centres_.block()};
  }

  [[nodiscard]] Index lanes() const { return lanes_; }
  /// Padding lanes repeat the last walker, so that they stay valid.
  [[nodiscard]] Index walker(Index lane) const { return first_ + std::min(lane, lanes_ - 1); }

  void load(const WalkerStates& states) {
    for (Index lane = 0; lane < position_.block().lanes(); ++lane) load_lane(states, lane, walker(lane));
  }
  void load_lane(const WalkerStates& states, Index lane, Index from) {
    for (Index d = 0; d < position_.block().rows(); ++d) position_.block()(d, lane) = states.positions(from, d);
    for (Index d = 0; d < velocity_.block().rows(); ++d) velocity_.block()(d, lane) = states.velocities(from, d);
  }
  void store(WalkerStates& states) {
    for (Index lane = 0; lane < lanes_; ++lane) store_lane(states, lane);
  }
  void store_lane(WalkerStates& states, Index lane) {
    for (Index d = 0; d < position_.block().rows(); ++d)
      states.positions(first_ + lane, d) = position_.block()(d, lane);
    for (Index d = 0; d < velocity_.block().rows(); ++d)
      states.velocities(first_ + lane, d) = velocity_.block()(d, lane);
  }

  std::int64_t advance(const RandomStream& noise, Index first_step, Index steps) {
    WalkerTile tile{position_.block(), velocity_.block(), static_cast<std::uint32_t>(first_), accepted_.block(),
                    lanes_};
    return plan_.system->advance(tile, plan_.bias != nullptr ? &restraint_ : nullptr, noise,
                                 static_cast<std::uint64_t>(first_step), steps);
  }

  /// Moves the centres of all walkers' biases to `centre`, the walkers staying where they are: the work on each.
  Vector move_centres(const Vector& centre) {
    const CoarseMap& coarse = plan_.bias->coarse();
    BlockBuffer xi(coarse.size(), position_.block().lanes());
    coarse.values(position_.block(), xi.block());
    plan_.bias->evaluate(xi.block(), centres_.block(), energy_.block().data(), {});
    Vector work = -energy_.block().row(0).head(lanes_).matrix();
    for (Index k = 0; k < centre.size(); ++k) centres_.block().row(k).setConstant(centre[k]);
    plan_.bias->evaluate(xi.block(), centres_.block(), energy_.block().data(), {});
    return work + energy_.block().row(0).head(lanes_).matrix();
  }

  /// A velocity that is not a number reaches the position one step later: then it would be too late to retry.
  [[nodiscard]] bool healthy(Index lane) {
    for (Index d = 0; d < position_.block().rows(); ++d)
      if (!(std::abs(position_.block()(d, lane)) < runaway)) return false;
    for (Index d = 0; d < velocity_.block().rows(); ++d)
      if (!std::isfinite(velocity_.block()(d, lane))) return false;
    return true;
  }
  [[nodiscard]] bool all_healthy() {
    return (position_.block().flat().abs() < runaway).all() && velocity_.block().flat().isFinite().all();
  }

  /// Proposals of the walker in `lane` that were accepted since this tile was made.
  [[nodiscard]] std::int64_t accepted(Index lane) { return static_cast<std::int64_t>(accepted_.block()(0, lane)); }

  void write_frame(float* frame) {
    const Index dimension = position_.block().rows();
    for (Index lane = 0; lane < lanes_; ++lane)
      for (Index d = 0; d < dimension; ++d)
        frame[(first_ + lane) * dimension + d] = static_cast<float>(position_.block()(d, lane));
  }

  [[nodiscard]] double energy(Index lane) {
    if (!plan_.system->abilities().energies) return std::nan("");
    plan_.system->energies(position_.block(), energy_.block().data());
    return energy_.block()(0, lane);
  }

  [[nodiscard]] Vector position(Index lane) { return column(position_.block(), lane); }
  [[nodiscard]] Vector velocity(Index lane) { return column(velocity_.block(), lane); }

 private:
  static Vector column(Block block, Index lane) {
    Vector out(block.rows());
    for (Index d = 0; d < block.rows(); ++d) out[d] = block(d, lane);
    return out;
  }

  const SimulationPlan& plan_;
  Index first_;
  Index lanes_;
  BlockBuffer position_, velocity_, centres_, energy_, accepted_;
  Restraint restraint_;
};

}  // namespace liftwell
