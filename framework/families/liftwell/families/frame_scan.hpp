// SPDX-License-Identifier: MIT
// Reading the frames of an ensemble that count: equilibration left out, thinned evenly.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "liftwell/data/ensemble.hpp"

namespace liftwell {

/// Selected frames in memory, all walkers of each: row i*walkers + w of `positions` is walker w.
struct FrameBatch {
  Index first = 0;         ///< ordinal of the first frame among those selected
  Index first_number = 0;  ///< its number in the ensemble
  Index stride = 1;        ///< difference between the numbers of neighbours
  Index frames = 0;
  Index walkers = 0;
  Index dimension = 0;
  const float* positions = nullptr;

  [[nodiscard]] Index rows() const { return frames * walkers; }
  [[nodiscard]] Index number(Index i) const { return first_number + i * stride; }
  [[nodiscard]] const float* state(Index i, Index walker) const {
    return positions + (i * walkers + walker) * dimension;
  }
};

/// Frames per walker selected by `stride`: discard_frames, discard_frames + stride, …
[[nodiscard]] Index selected_frames(const EnsembleInfo& info, Index stride);

/// The smallest stride that leaves at most `limit` frames (all walkers and ensembles together).
[[nodiscard]] Index thinning(const std::vector<std::shared_ptr<const Ensemble>>& ensembles, Index limit);

/// Calls `visit` with the selected frames in order, a segment at a time.
void scan_frames(const Ensemble& ensemble, Index stride, const std::function<void(const FrameBatch&)>& visit);

/// Per walker: true when it went through to the end.
[[nodiscard]] std::vector<bool> intact_walkers(const EnsembleInfo& info);

}  // namespace liftwell
