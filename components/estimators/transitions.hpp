// SPDX-License-Identifier: MIT
// Transitions between cells within walkers, and which cells they connect.
#pragma once

#include <optional>
#include <vector>

#include "cells.hpp"

namespace liftwell {

/// How often walkers of one block went from one cell to another within the lag time.
struct Transition {
  Index state = 0, from = 0, to = 0, block = 0;
  double count = 0;
};

/// Frames between the ends of a transition, for every walker. `lag` is a time; none: one frame. Throws InputError
/// where the lag is no whole number of frames, or frames are unequally far apart and no lag is given.
std::vector<Index> lag_frames(const SampledFrames& frames, std::optional<double> lag, Index multiple = 1);

/// All pairs of frames of a walker that are a lag apart (sliding window), sorted by state, from, to, block. A pair
/// counts for the block of its first frame.
std::vector<Transition> count_transitions(const SampledFrames& frames, const Cells& cells,
                                          const std::vector<Index>& lag);

/// Sets of cells within which every cell can be reached from every other by transitions that walkers of one state
/// made there and back (not necessarily by the same way); states do not matter for going on from a cell.
struct Connectivity {
  std::vector<Index> set;                  ///< per cell; sets are numbered from the one with most frames
  std::vector<Index> frames;               ///< per set
  std::vector<Transition> there_and_back;  ///< transitions whose ends the same state connects both ways
};

/// No connection of sets that hold 1 % of the frames or more may hang on a single block of a state: one excursion says
/// nothing about how often there are any, and may be none, but jumping to and fro about the border of a cell.
///
/// `later`: transitions over a longer time, which must connect the cells of a state as well. Where walkers only ran
/// down from one set of cells to another, what looks like a way back is jumping to and fro about the border of a
/// cell, and is gone a little later. Empty where there are none.
Connectivity connect(const Cells& cells, const std::vector<Transition>& transitions,
                     const std::vector<Transition>& later = {});

/// A set of cells that nothing connects with others, and its frames: "the cells about x = 0.5".
struct CellSet {
  Index number = 0;
  LeftOutFrames frames;
};

/// The sets that hold at least 1 % of all frames, so that the edges of what was visited do not count; the one with most
/// first. Notes which of them nothing connects with the first one, and files their frames as left out.
std::vector<CellSet> report_unconnected(SampledFrames& frames, const Cells& cells, const Connectivity& connectivity,
                                        const EstimationRequest& request, const CoarseMap& further);

}  // namespace liftwell
