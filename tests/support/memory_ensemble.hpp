// SPDX-License-Identifier: MIT
// An ensemble made up in memory: for tests of everything that reads frames.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "liftwell/data/ensemble.hpp"

namespace liftwell::testing {

/// positions[frame][walker][coordinate], handed out in chunks of `chunk_frames`.
class MemoryEnsemble final : public Ensemble {
 public:
  MemoryEnsemble(EnsembleInfo info, Index chunk_frames = 64) : info_(std::move(info)), chunk_frames_(chunk_frames) {
    positions_.resize(static_cast<std::size_t>(info_.frames * info_.walkers * info_.dimension));
    if (info_.window.empty()) info_.window.assign(static_cast<std::size_t>(info_.walkers), 0);
    if (info_.stage.empty()) info_.stage = "made_up";
  }

  /// `walkers` x `frames` states of a `dimension`-dimensional system at kT = thermal_energy.
  static std::shared_ptr<MemoryEnsemble> make(Index walkers, Index frames, Index dimension, double thermal_energy = 1) {
    EnsembleInfo info;
    info.walkers = walkers;
    info.frames = frames;
    info.dimension = dimension;
    info.thermal_energy = thermal_energy;
    info.stride = 1;
    info.steps = frames;
    return std::make_shared<MemoryEnsemble>(std::move(info));
  }

  [[nodiscard]] float& at(Index frame, Index walker, Index coordinate = 0) {
    return positions_[static_cast<std::size_t>((frame * info_.walkers + walker) * info_.dimension + coordinate)];
  }
  [[nodiscard]] EnsembleInfo& editable_info() { return info_; }

  [[nodiscard]] const EnsembleInfo& info() const override { return info_; }
  void for_each_chunk(const std::function<void(const FrameChunk&)>& visit) const override {
    for (Index first = 0; first < info_.frames; first += chunk_frames_) {
      const Index frames = std::min(chunk_frames_, info_.frames - first);
      visit(
          {first, frames, info_.walkers, info_.dimension, positions_.data() + first * info_.walkers * info_.dimension});
    }
  }
  [[nodiscard]] Matrix last_states() const override {
    const float* last = positions_.data() + (info_.frames - 1) * info_.walkers * info_.dimension;
    return Eigen::Map<const FloatMatrix>(last, info_.walkers, info_.dimension).cast<double>();
  }

 private:
  EnsembleInfo info_;
  Index chunk_frames_;
  std::vector<float> positions_;
};

}  // namespace liftwell::testing
