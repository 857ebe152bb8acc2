// SPDX-License-Identifier: MIT
// The files of single walkers: frames and coarse values, written while an ensemble is read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "liftwell/data/ensemble.hpp"
#include "liftwell/data/topology.hpp"
#include "liftwell/families/coarse_map.hpp"

namespace liftwell {

/// Files have temporary names until `finish`, so that one with its own name is whole. Walkers that were lost have none.
class WalkerFiles {
 public:
  /// Writes one of `every` saved frames; with `physical_units` coarse values are in nm and rad, and files say so.
  /// `molecule` and `coarse` must outlive this.
  WalkerFiles(std::filesystem::path folder, const EnsembleInfo& info, const Topology& molecule, const CoarseMap& coarse,
              Index every, bool physical_units);

  void append(const FrameChunk& chunk);
  void finish();

  [[nodiscard]] Index frames() const { return frames_; }  ///< of each walker
  [[nodiscard]] Index walkers() const { return static_cast<Index>(walkers_.size()); }

 private:
  [[nodiscard]] std::filesystem::path file(Index walker, const char* ending) const;
  [[nodiscard]] std::vector<Index> chosen(const FrameChunk& chunk) const;  ///< frames within the chunk
  [[nodiscard]] std::string colvar_lines(const FrameChunk& chunk, Index walker, const std::vector<Index>& frames) const;

  std::filesystem::path folder_;
  EnsembleInfo info_;
  const Topology& molecule_;
  const CoarseMap& coarse_;
  Index every_, frames_;
  std::vector<Index> walkers_;
};

}  // namespace liftwell
