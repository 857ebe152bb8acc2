// SPDX-License-Identifier: MIT
// What is known, saved and said of walkers that left the finite range.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "liftwell/pipeline/stage_context.hpp"
#include "walker_advance.hpp"

namespace liftwell {

class Tile;

/// The end of one walker: its last good state and the step that it did not survive.
struct WalkerFailure {
  Index walker = 0;
  Index frame_step = 0;  ///< first step of those among which it was lost
  Index step = 0;        ///< the step after which it was no longer finite
  Vector position;       ///< before that step
  Vector velocity;       ///< before that step; empty for systems without velocities
  double energy = 0;     ///< before that step; NaN when the system does not tell
  /// Where and by how much the time step was too long on the way there, or what is wrong with that place; "" if not
  /// known.
  std::string overstep = {};
  Index attempts = 0;  ///< to go on from there with fresh noise that failed too
};

/// Goes through `steps` bad steps again one by one with `advance` (the noise is a function of the step) to find where
/// the walker in `lane` of the tile of `lanes` walkers from `first` was lost. `before` is the state at `first_step`.
[[nodiscard]] WalkerFailure examine(const SimulationPlan& plan, Index first, Index lanes, Index lane,
                                    const WalkerStates& before, Index first_step, Index steps,
                                    const std::function<void(Tile&, Index step)>& advance);

/// Collects the failures of one stage. The tiles add to it in parallel; what it says afterwards does
/// not depend on their order, nor on the number of tiles.
class FailureLog {
 public:
  /// `attempts` with fresh noise failed too.
  void lost(WalkerFailure failure, Index attempts = 0);
  /// Only a walker's first failure is examined: the rest is counted.
  void retried(Index walker, const std::function<WalkerFailure()>& examined);

  /// Throws RunError when a walker was lost: saves the state of the first and says all about it, and which `choice` the
  /// stage leaves besides.
  void stop_run(StageContext& context, const std::string& choice = {}) const;
  /// Throws RunError when no walker of `walkers` is left.
  void require_survivor(std::size_t walkers, const std::vector<Index>& dropped, StageContext& context) const;
  /// Warnings on what was dropped and what went on with fresh noise; the first few in full.
  void warn(const std::vector<Index>& dropped, StageContext& context) const;

 private:
  struct Retries {
    WalkerFailure first;
    Index count = 0;
  };
  [[nodiscard]] const WalkerFailure* first_lost() const;

  std::mutex mutex_;
  std::map<Index, WalkerFailure> lost_;  ///< by walker
  std::map<Index, Retries> retried_;     ///< by walker
};

}  // namespace liftwell
