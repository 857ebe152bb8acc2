// SPDX-License-Identifier: MIT
#include "walker_advance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "liftwell/store/hdf5.hpp"

namespace liftwell {
namespace {

/// Coordinates beyond this are taken for an explosion: far outside anything a bound system visits.
constexpr double runaway = 1e9;

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
        energy_(1, lanes) {
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
    WalkerTile tile{position_.block(), velocity_.block(), static_cast<std::uint32_t>(first_)};
    return plan_.system->advance(tile, plan_.bias != nullptr ? &restraint_ : nullptr, noise,
                                 static_cast<std::uint64_t>(first_step), steps);
  }

  [[nodiscard]] bool healthy(Index lane) {
    for (Index d = 0; d < position_.block().rows(); ++d)
      if (!(std::abs(position_.block()(d, lane)) < runaway)) return false;
    return true;
  }
  [[nodiscard]] bool all_healthy() { return (position_.block().flat().abs() < runaway).all(); }

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

  [[nodiscard]] std::vector<double> coordinates(Index lane) {
    std::vector<double> out;
    for (Index d = 0; d < position_.block().rows(); ++d) out.push_back(position_.block()(d, lane));
    return out;
  }

 private:
  const SimulationPlan& plan_;
  Index first_;
  Index lanes_;
  BlockBuffer position_, velocity_, centres_, energy_;
  Restraint restraint_;
};

/// "(0.1, 0.2, 0.3)"; long states are cut.
std::string vector_text(const std::vector<double>& values) {
  const std::size_t shown = std::min<std::size_t>(values.size(), 6);
  std::string out = fmt::format("({:.6g}", values[0]);
  for (std::size_t i = 1; i < shown; ++i) out += fmt::format(", {:.6g}", values[i]);
  return out + (shown < values.size() ? ", ...)" : ")");
}

/// Goes through the bad frame again step by step (the noise is a function of the step) to find where
/// the walker was lost, saves its last good state, and says so.
[[noreturn]] void report_failure(const SimulationPlan& plan, Tile& tile, Index lane, const WalkerStates& before,
                                 Index first_step, StageContext& context) {
  WalkerStates last = before;
  tile.load(before);
  Index step = first_step;
  std::vector<double> coordinates = tile.coordinates(lane);
  double energy = tile.energy(lane);
  for (; step < first_step + plan.stride; ++step) {
    tile.advance(plan.noise, step, 1);
    if (!tile.healthy(lane)) break;
    tile.store_lane(last, lane);
    coordinates = tile.coordinates(lane);
    energy = tile.energy(lane);
  }
  const Index walker = tile.walker(lane);
  // Beside the artifacts, so that a later resume does not take it for one.
  const auto file = context.folder().parent_path().parent_path().parent_path() / "failures" /
                    fmt::format("{}-cycle-{}-walker-{}.h5", context.stage(), context.cycle(), walker);
  std::filesystem::create_directories(file.parent_path());
  Hdf5Writer writer(file);
  writer.array("position", Matrix(last.positions.row(walker)));
  if (last.velocities.size() > 0) writer.array("velocity", Matrix(last.velocities.row(walker)));
  writer.attribute("content", fmt::format("last good state of walker {} before step {}", walker, step));
  writer.save();
  throw RunError(fmt::format(
      "cycle {}: walker {} left the finite range at step {}; last good coordinates {}, energy {:.6g}; state saved in "
      "{}; use a smaller timestep, better starts, or on_failure: drop or retry",
      context.cycle(), walker, step, vector_text(coordinates), energy, file.string()));
}

/// Runs one frame again for a failed walker with fresh noise, other walkers untouched.
bool retry_walker(const SimulationPlan& plan, Index first, Index lanes, Index lane, const WalkerStates& before,
                  WalkerStates& after, Index first_step) {
  Tile tile(plan, first, lanes);
  for (const RandomStream& noise : plan.retry_noise) {
    tile.load(before);
    tile.advance(noise, first_step, plan.stride);
    if (!tile.healthy(lane)) continue;
    tile.store_lane(after, lane);
    return true;
  }
  return false;
}

}  // namespace

std::int64_t advance_segment(const SimulationPlan& plan, WalkerStates& states, Index frames,
                             std::vector<float>& positions, StageContext& context, double frames_before,
                             double frames_total) {
  const Index dimension = plan.system->dimension();
  const Index tiles = (plan.walkers + plan.tile - 1) / plan.tile;
  positions.resize(static_cast<std::size_t>(frames * plan.walkers * dimension));
  std::atomic<std::int64_t> evaluations = 0;
  std::atomic<Index> done = 0;
  std::mutex mutex;
  std::vector<Index> dropped = states.dropped;

  context.executor().for_each(tiles, [&](Index t) {
    const Index first = t * plan.tile;
    const Index lanes = std::min(plan.tile, plan.walkers - first);
    Tile tile(plan, first, lanes);
    tile.load(states);
    WalkerStates before;  // this frame's beginning; only the rows of this tile's walkers are used
    before.positions.resize(plan.walkers, dimension);
    before.velocities.resize(plan.system->has_velocities() ? plan.walkers : 0, dimension);
    std::vector<bool> out(static_cast<std::size_t>(lanes), false);
    for (const Index walker : states.dropped)
      if (walker >= first && walker < first + lanes) out[static_cast<std::size_t>(walker - first)] = true;
    std::int64_t tile_evaluations = 0;
    bool has_dropped = std::find(out.begin(), out.end(), true) != out.end();
    for (Index f = 0; f < frames; ++f) {
      const Index first_step = states.steps_done + f * plan.stride;
      tile.store(before);
      tile_evaluations += lanes * tile.advance(plan.noise, first_step, plan.stride);
      if (has_dropped || !tile.all_healthy()) {
        WalkerStates after = before;
        tile.store(after);
        for (Index lane = 0; lane < lanes; ++lane) {
          const auto slot = static_cast<std::size_t>(lane);
          if (!out[slot] && tile.healthy(lane)) continue;
          if (!out[slot]) {
            if (plan.on_failure == OnFailure::stop) report_failure(plan, tile, lane, before, first_step, context);
            if (plan.on_failure == OnFailure::retry &&
                retry_walker(plan, first, lanes, lane, before, after, first_step)) {
              tile.load_lane(after, lane, first + lane);
              const std::lock_guard lock(mutex);
              context.warn(fmt::format("walker {} failed before step {} and was retried with fresh noise", first + lane,
                                       first_step + plan.stride));
              continue;
            }
            out[slot] = has_dropped = true;
            const std::lock_guard lock(mutex);
            dropped.push_back(first + lane);
            context.warn(
                fmt::format("walker {} failed before step {} and was dropped", first + lane, first_step + plan.stride));
          }
          tile.load_lane(before, lane, first + lane);
        }
        tile.store(after);
        tile.load(after);  // padding repeats the last walker again
      }
      tile.write_frame(positions.data() + f * plan.walkers * dimension);
      const Index count = (done += lanes);
      context.progress((frames_before + static_cast<double>(count) / static_cast<double>(plan.walkers)) *
                           static_cast<double>(plan.walkers * plan.stride),
                       frames_total * static_cast<double>(plan.walkers * plan.stride), "walker-steps");
    }
    tile.store(states);
    evaluations += tile_evaluations;
  });
  std::sort(dropped.begin(), dropped.end());
  states.dropped = std::move(dropped);
  states.steps_done += frames * plan.stride;
  return evaluations;
}

}  // namespace liftwell
