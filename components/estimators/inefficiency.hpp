// SPDX-License-Identifier: MIT
// How much the frames of a state know, which is less than their number where they follow closely on each other.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "liftwell/execution/executor.hpp"
#include "liftwell/families/chain_statistics.hpp"
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

/// Sets the weight of every state's frames to 1/g, g = 1 + 2 x integrated autocorrelation time, in frames, of the
/// slowest variable of its own bias, or of the profile in unbiased data. Walkers that disagree count as correlated.
/// Energies of frames in other states are functions of these variables, so it is their autocorrelation that matters.
inline void weigh_by_inefficiency(SampledFrames& frames, const Executor& executor) {
  const auto runs = walkers_by_state(frames);
  executor.for_each(std::ssize(frames.states), [&](Index s) {
    SampledState& state = frames.states[static_cast<std::size_t>(s)];
    const auto number = static_cast<std::size_t>(state.bias);
    const Bias* bias = state.bias < 0 ? nullptr : frames.biases[number];
    const Matrix& values = bias == nullptr ? frames.coarse : frames.bias_coarse[number];
    double inefficiency = 1;
    for (Index k = 0; k < values.cols(); ++k) {
      std::vector<Vector> chains;
      for (const SampledWalker& run : runs[static_cast<std::size_t>(s)]) {
        chains.emplace_back(values.col(k).segment(run.first, run.count));
        if (bias != nullptr && bias->centred())  // around the centre no walker jumps by a period
          for (double& value : chains.back()) value = bias->coarse().difference(k, value, state.centre[k]);
      }
      inefficiency = std::max(inefficiency, chain_statistics(chains).autocorrelation_time);
    }
    state.weight = 1 / inefficiency;
  });
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
