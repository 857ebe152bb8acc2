// SPDX-License-Identifier: MIT
// What a simulation leaves behind: frames of many walkers, streamed, and what each walker was.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "liftwell/data/block.hpp"
#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// Everything about a simulated ensemble except its frames.
struct EnsembleInfo {
  std::string stage;
  int cycle = 0;
  Index dimension = 0;
  Index walkers = 0;
  Index frames = 0;                 ///< per walker
  Index steps = 0;                  ///< per walker
  Index stride = 0;                 ///< steps between frames; frame f is the state after (f + 1) * stride steps
  Index discard_frames = 0;         ///< leading frames that estimators leave out (equilibration)
  double thermal_energy = 0;        ///< kT, energy units
  double timestep = 0;              ///< time units
  std::string system;               ///< resolved configuration of the system, YAML text
  std::string bias;                 ///< resolved configuration of the bias, YAML text; "" when unbiased
  std::vector<std::string> coarse;  ///< names of the bias's coarse variables
  Matrix centres;                   ///< windows x coarse: where each window's bias is centred
  std::vector<Index> window;        ///< per walker: row of `centres` (all 0 when unbiased)
  std::vector<std::string> origin;  ///< per walker: where its start came from
  std::vector<Index> dropped;       ///< walkers that failed and were left out from then on
};

/// A run of consecutive frames in memory: positions[frame][walker][coordinate].
struct FrameChunk {
  Index first_frame = 0;
  Index frames = 0;
  Index walkers = 0;
  Index dimension = 0;
  const float* positions = nullptr;

  [[nodiscard]] const float* state(Index frame, Index walker) const {
    return positions + (frame * walkers + walker) * dimension;
  }
};

/// The artifact type "ensemble": frames are read segment by segment, so memory stays bounded.
class Ensemble {
 public:
  static constexpr const char* type_name = "ensemble";
  virtual ~Ensemble() = default;
  [[nodiscard]] virtual const EnsembleInfo& info() const = 0;
  /// Calls `visit` for each segment in order.
  virtual void for_each_chunk(const std::function<void(const FrameChunk&)>& visit) const = 0;
  /// States after the last step, walkers x dimension.
  [[nodiscard]] virtual Matrix last_states() const = 0;
};

}  // namespace liftwell
