// SPDX-License-Identifier: MIT
// The free energy that groups of walkers have learned, each for itself.
#pragma once

#include <vector>

#include "liftwell/data/learned_bias.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/families/estimator.hpp"

namespace liftwell {

/// The mean over groups of the F they imply, each aligned at the same total weight; the standard error is their spread
/// over √groups, of F aligned at its probability-weighted mean. NaN where one of them saw nothing. A difference is the
/// mean of −kT ln[P(of)/P(against)] over groups, with cells counted by the share of them in the region. NaN errors for
/// a single group. What such errors cover and what they do not is said in the notes.
[[nodiscard]] FreeEnergy learned_profile(const LearnedBias& learned, const CoarseMap& coarse, const Grid& grid,
                                         const std::vector<RegionPair>& regions);

}  // namespace liftwell
