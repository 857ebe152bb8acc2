// SPDX-License-Identifier: MIT
#include "walker_advance.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "walker_failure.hpp"
#include "walker_tile.hpp"

namespace liftwell {
namespace {

struct Retry {
  bool went_on = false;
  Index attempts = 0;
  std::int64_t evaluations = 0;  ///< of this walker; what its neighbours took beside it is no work that was asked for
};

/// Runs one frame again for a failed walker with fresh noise, other walkers untouched.
Retry retry_walker(const SimulationPlan& plan, Index first, Index lanes, Index lane, const WalkerStates& before,
                   WalkerStates& after, Index first_step) {
  Retry out;
  Tile tile(plan, first, lanes);
  for (const RandomStream& noise : plan.retry_noise) {
    tile.load(before);
    out.evaluations += tile.advance(noise, first_step, plan.stride);
    ++out.attempts;
    if (!tile.healthy(lane)) continue;
    tile.store_lane(after, lane);
    out.went_on = true;
    return out;
  }
  return out;
}

/// How the walker of `lane` was lost in the frame that began at `first_step` from `before`. What went wrong may have
/// begun in the frame before, from `earlier` (null for none); unless that one went on with other noise.
WalkerFailure loss_of(const SimulationPlan& plan, Index first, Index lanes, Index lane, const WalkerStates* earlier,
                      const WalkerStates& before, Index first_step) {
  const auto gone_through = [&](const WalkerStates& from, Index begin) {
    return examine(plan, first, lanes, lane, from, begin, first_step + plan.stride - begin,
                   [&](Tile& again, Index step) { again.advance(plan.noise, step, 1); });
  };
  WalkerFailure loss;
  if (earlier != nullptr) loss = gone_through(*earlier, first_step - plan.stride);
  if (earlier == nullptr || loss.step < first_step) loss = gone_through(before, first_step);
  loss.frame_step = first_step;
  return loss;
}

}  // namespace

void advance_segment(const SimulationPlan& plan, WalkerStates& states, Index frames, float* positions,
                     FailureLog& failures, StageContext& context, double frames_before, double frames_total) {
  const Index dimension = plan.system->dimension();
  const Index tiles = (plan.walkers + plan.tile - 1) / plan.tile;
  std::atomic<std::int64_t> evaluations = 0, proposed = 0, accepted = 0;
  std::atomic<Index> done = 0;
  std::mutex mutex;
  std::vector<Index> dropped = states.dropped;

  context.executor().for_each(tiles, [&](Index t) {
    const Index first = t * plan.tile;
    const Index lanes = std::min(plan.tile, plan.walkers - first);
    Tile tile(plan, first, lanes);
    tile.load(states);
    // The beginnings of this frame and of the one before; only the rows of this tile's walkers are used.
    WalkerStates before, earlier;
    for (WalkerStates* room : {&before, &earlier}) {
      room->positions.resize(plan.walkers, dimension);
      room->velocities.resize(plan.system->has_velocities() ? plan.walkers : 0, dimension);
    }
    std::vector<bool> out(static_cast<std::size_t>(lanes), false);
    for (const Index walker : states.dropped)
      if (walker >= first && walker < first + lanes) out[static_cast<std::size_t>(walker - first)] = true;
    std::int64_t tile_evaluations = 0;
    bool has_dropped = std::find(out.begin(), out.end(), true) != out.end();
    for (Index f = 0; f < frames; ++f) {
      const Index first_step = states.steps_done + f * plan.stride;
      std::swap(earlier, before);
      tile.store(before);
      tile_evaluations += lanes * tile.advance(plan.noise, first_step, plan.stride);
      if (has_dropped || !tile.all_healthy()) {
        WalkerStates after = before;
        tile.store(after);
        for (Index lane = 0; lane < lanes; ++lane) {
          const auto slot = static_cast<std::size_t>(lane);
          if (!out[slot] && tile.healthy(lane)) continue;
          if (!out[slot]) {
            const auto examined = [&] {
              return loss_of(plan, first, lanes, lane, f > 0 ? &earlier : nullptr, before, first_step);
            };
            Retry retry;
            if (plan.on_failure == OnFailure::retry)
              retry = retry_walker(plan, first, lanes, lane, before, after, first_step);
            tile_evaluations += retry.evaluations;
            if (retry.went_on) {
              failures.retried(first + lane, examined);
              tile.load_lane(after, lane, first + lane);
              continue;
            }
            failures.lost(examined(), retry.attempts);
            if (plan.on_failure == OnFailure::stop) return;
            out[slot] = has_dropped = true;
            const std::lock_guard lock(mutex);
            dropped.push_back(first + lane);
          }
          tile.load_lane(before, lane, first + lane);
        }
        tile.store(after);
        tile.load(after);  // padding repeats the last walker again
      }
      tile.write_frame(positions + f * plan.walkers * dimension);
      const Index count = (done += lanes);
      context.progress((frames_before + static_cast<double>(count) / static_cast<double>(plan.walkers)) *
                           static_cast<double>(plan.walkers * plan.stride),
                       frames_total * static_cast<double>(plan.walkers * plan.stride), "walker-steps");
    }
    tile.store(states);
    evaluations += tile_evaluations;
    for (Index lane = 0; lane < lanes && plan.system->proposes(); ++lane) {
      if (out[static_cast<std::size_t>(lane)]) continue;
      proposed += frames * plan.stride;
      accepted += tile.accepted(lane);
    }
  });
  if (plan.on_failure == OnFailure::stop) failures.stop_run(context, ", or on_failure: drop or retry");
  std::sort(dropped.begin(), dropped.end());
  failures.require_survivor(static_cast<std::size_t>(plan.walkers), dropped, context);
  states.dropped = std::move(dropped);
  states.steps_done += frames * plan.stride;
  states.force_evaluations += evaluations;
  states.proposed += proposed;
  states.accepted += accepted;
}

}  // namespace liftwell
