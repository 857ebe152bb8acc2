// SPDX-License-Identifier: MIT
// How much the frames of a state know, which is less than their number where they follow closely on each other.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "liftwell/registry/declaration.hpp"
#include "sampled_frames.hpp"

namespace liftwell {

struct FrameWeightOptions {
  bool statistical_inefficiency = true;
};

/// Adds the parameter of FrameWeightOptions, from which `Options` is derived.
template <class Estimate, class Options>
Declaration<Estimate, Options>&& with_frame_weights(Declaration<Estimate, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<bool>(
          "statistical_inefficiency", &Options::statistical_inefficiency, unit::none,
          "Whether frames count 1/g, g = 1 + 2 x autocorrelation time of the window's coarse variables in frames. "
          "Windows that move slowly would else count for more than they know.");
}

/// Sets the weight of every state's frames to what each is worth in independent ones.
inline void weigh_by_inefficiency(SampledFrames& frames) {
  for (SampledState& state : frames.states) state.weight = state.independence;
}

/// The weight of each frame; empty where all are 1.
[[nodiscard]] inline std::vector<double> frame_weights(const SampledFrames& frames) {
  if (std::all_of(frames.states.begin(), frames.states.end(), [](const auto& state) { return state.weight == 1; }))
    return {};
  std::vector<double> out;
  for (Index n = 0; n < frames.size(); ++n) out.push_back(frames.weight_of_sample(n));
  return out;
}

}  // namespace liftwell
