// SPDX-License-Identifier: MIT
// Long ensembles on disk: segments of a fixed number of frames, each written whole, plus an index.
//
//   ensemble.h5          walker and window tables, written when the simulation is complete
//   segment-000000.h5    positions [frames, walkers, dimension] float32, and the exact end state
//
// A segment holds everything that is needed to go on after it, so segments are the checkpoints.
#pragma once

#include <filesystem>

#include "liftwell/data/ensemble.hpp"
#include "liftwell/store/walker_states.hpp"

namespace liftwell {

class TrajectoryWriter {
 public:
  /// Most numbers in the frames of one segment: 64 MB of floats, which is what reading takes too.
  static constexpr Index largest_segment = Index{16} << 20;

  explicit TrajectoryWriter(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Number of segments already there before the first that is missing or damaged: what follows is to be written again.
  [[nodiscard]] Index segments() const;
  /// The end state of segment `index`.
  [[nodiscard]] WalkerStates state_after(Index index) const;
  void write_segment(Index index, const FrameChunk& frames, const WalkerStates& end);
  /// Writes the index; afterwards load_artifact<Ensemble> works.
  void finish(const EnsembleInfo& info) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace liftwell
