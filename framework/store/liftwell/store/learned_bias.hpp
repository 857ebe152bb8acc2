// SPDX-License-Identifier: MIT
// Reading and writing the artifact type "learned_bias".
#pragma once

#include "liftwell/data/learned_bias.hpp"
#include "liftwell/store/artifact.hpp"

namespace liftwell {

template <>
std::shared_ptr<const LearnedBias> load_artifact(const std::filesystem::path& folder);

void save_artifact(const std::filesystem::path& folder, const LearnedBias& learned);

}  // namespace liftwell
