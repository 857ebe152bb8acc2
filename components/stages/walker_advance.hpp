// SPDX-License-Identifier: MIT
// Advances all walkers by one segment, tile by tile, and deals with those that fail.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/store/trajectory.hpp"

namespace liftwell {

class FailureLog;

enum class OnFailure { stop, drop, retry };

/// What is simulated and how; fixed over the run.
struct SimulationPlan {
  const System* system = nullptr;
  const Bias* bias = nullptr;  ///< null: unbiased
  Matrix centres;              ///< walkers x coarse: centre of each walker's bias
  Index walkers = 0;
  Index stride = 1;  ///< steps between frames
  Index tile = 256;  ///< walkers advanced together; affects speed only
  OnFailure on_failure = OnFailure::stop;
  Index retries = 3;
  RandomStream noise;
  std::vector<RandomStream> retry_noise;  ///< one per attempt
};

/// Advances `states` by `frames` frames, writing each to `positions` (room for frames x walkers x
/// dimension numbers). A dropped walker keeps its last good state.
/// Throws RunError with walker, step, coordinates, last energy and the file its state was saved in,
/// when a walker is lost and may not be, or when none is left.
void advance_segment(const SimulationPlan& plan, WalkerStates& states, Index frames, float* positions,
                     FailureLog& failures, StageContext& context, double frames_before, double frames_total);

}  // namespace liftwell
