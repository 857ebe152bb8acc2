// SPDX-License-Identifier: MIT
// Which variables of the profile a bias acts on.
#pragma once

#include <string>
#include <vector>

#include "sampled_frames.hpp"

namespace liftwell {

/// Per bias and variable of it: the variable of the profile that it is, found by their values. Throws InputError where
/// the profile has none.
[[nodiscard]] std::vector<std::vector<Index>> columns_of_biases(const SampledFrames& frames, const CoarseMap& coarse);

/// What columns_of_biases will find wrong, seen from values at random states; "" where nothing is, as far as is known.
[[nodiscard]] std::string misfit_of_columns(const PlannedData& data);

}  // namespace liftwell
