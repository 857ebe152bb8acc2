// SPDX-License-Identifier: MIT
// The frames an estimator works on: coarse values, the state each was sampled from, and the blocks
// that the bootstrap resamples.
#pragma once

#include <string>
#include <vector>

#include "liftwell/families/estimator.hpp"

namespace liftwell {

/// One thermodynamic state: all windows with the same bias and the same centre, whatever the cycle.
struct SampledState {
  Index bias = -1;  ///< index into SampledFrames::biases; -1: unbiased
  Vector centre;    ///< of its bias; empty when unbiased
  Index frames = 0;
  Index blocks = 0;
  double weight = 1;        ///< of each frame
  double independence = 1;  ///< how many independent frames each one is worth: 1/g of FrameWeightOptions
};

/// One walker of one ensemble: consecutive samples of one state.
struct SampledWalker {
  Index first = 0, count = 0;
  double frame_time = 0;  ///< between the samples, those left out by thinning included
};

/// Frames that an estimate cannot use, because nothing connects them with the rest.
struct LeftOutFrames {
  std::string name;  ///< "the window at 0.5"
  Matrix coarse;     ///< frames x coarse variables of the profile
};

/// Samples are ordered by ensemble, walker, frame, so a block is a run of consecutive samples.
struct SampledFrames {
  std::vector<SampledState> states;
  std::vector<SampledWalker> walkers;
  Matrix coarse;    ///< samples x coarse variables of the profile; periodic ones moved onto the grid's interval
  Matrix features;  ///< samples x further coarse variables that the estimator asked for
  std::vector<const Bias*> biases;
  std::vector<Matrix> bias_coarse;  ///< per bias: samples x coarse variables of that bias
  std::vector<Index> state;         ///< per sample
  std::vector<Index> block;         ///< per sample
  std::vector<Index> block_state;   ///< per block
  std::vector<LeftOutFrames> left_out;
  std::vector<std::string> notes;
  std::vector<Table> tables;

  [[nodiscard]] Index size() const { return static_cast<Index>(state.size()); }
  [[nodiscard]] double weight_of_sample(Index n) const { return states[at(state[at(n)])].weight; }
  [[nodiscard]] double weight_of_block(Index b) const { return states[at(block_state[at(b)])].weight; }

 private:
  [[nodiscard]] static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
};

/// The walkers of each state.
[[nodiscard]] std::vector<std::vector<SampledWalker>> walkers_by_state(const SampledFrames& frames);

/// The blocks of each state.
[[nodiscard]] std::vector<std::vector<Index>> blocks_by_state(const SampledFrames& frames);

namespace detail {

/// "the window at 0.5", "the unbiased data"
[[nodiscard]] std::string describe(const SampledState& state);
/// "a, b and 3 more"
[[nodiscard]] std::string listed(std::vector<std::string> names);

}  // namespace detail

/// Reads at most about `max_frames` frames, thinned evenly, with the values of `features` where given. Blocks are
/// whole walkers, or, in a state of few walkers, 4 integrated autocorrelation times of the slowest coarse variable.
/// Throws InputError when none are left or temperatures differ.
[[nodiscard]] SampledFrames read_frames(const EstimationRequest& request, Index max_frames,
                                        const CoarseMap* features = nullptr);

}  // namespace liftwell
