// SPDX-License-Identifier: MIT
// Which states have samples in common, and what is left when some have none.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sampled_frames.hpp"

namespace liftwell {

/// Groups of states that share samples: i and j belong together when Σ_n P_ni P_nj, the number of
/// frames they effectively share, reaches 1 (with less, f_i − f_j is uncertain by more than 1).
/// Returns a group number per state, counted from 0 in the order of the states.
inline std::vector<Index> connected_groups(const Matrix& overlap) {
  std::vector<Index> group(static_cast<std::size_t>(overlap.rows()), -1);
  Index groups = 0;
  for (Index seed = 0; seed < overlap.rows(); ++seed) {
    if (group[static_cast<std::size_t>(seed)] >= 0) continue;
    std::vector<Index> open{seed};
    group[static_cast<std::size_t>(seed)] = groups;
    while (!open.empty()) {
      const Index from = open.back();
      open.pop_back();
      for (Index to = 0; to < overlap.cols(); ++to)
        if (group[static_cast<std::size_t>(to)] < 0 && overlap(from, to) >= 1) {
          group[static_cast<std::size_t>(to)] = groups;
          open.push_back(to);
        }
    }
    ++groups;
  }
  return group;
}

/// "the windows at 0.1, 0.2 and 3 more": the states with wanted[k].
inline std::string name_states(const SampledFrames& frames, const std::vector<char>& wanted) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < wanted.size(); ++k)
    if (wanted[k] != 0) names.push_back(detail::describe(frames.states[k]));
  return detail::listed(std::move(names));
}

/// The frames of the states with keep[k], states, walkers and blocks numbered anew; those of the others
/// are among `left_out`.
inline SampledFrames only_states(const SampledFrames& frames, const std::vector<char>& keep) {
  SampledFrames out;
  out.biases = frames.biases;
  out.left_out = frames.left_out;
  out.notes = frames.notes;
  out.tables = frames.tables;
  for (std::size_t k = 0; k < frames.states.size(); ++k) {
    if (keep[k] != 0) continue;
    std::vector<Index> lost;
    for (Index n = 0; n < frames.size(); ++n)
      if (frames.state[static_cast<std::size_t>(n)] == static_cast<Index>(k)) lost.push_back(n);
    out.left_out.push_back({detail::describe(frames.states[k]), frames.coarse(lost, Eigen::all)});
  }
  std::vector<Index> state_number(frames.states.size(), -1), block_number(frames.block_state.size(), -1), rows;
  for (std::size_t k = 0; k < frames.states.size(); ++k)
    if (keep[k] != 0) {
      state_number[k] = static_cast<Index>(out.states.size());
      out.states.push_back(frames.states[k]);
    }
  for (std::size_t b = 0; b < frames.block_state.size(); ++b)
    if (const Index state = state_number[static_cast<std::size_t>(frames.block_state[b])]; state >= 0) {
      block_number[b] = static_cast<Index>(out.block_state.size());
      out.block_state.push_back(state);
    }
  for (const SampledWalker& walker : frames.walkers)
    if (const auto state = frames.state[static_cast<std::size_t>(walker.first)];
        keep[static_cast<std::size_t>(state)] != 0) {
      out.walkers.push_back({out.size(), walker.count, walker.frame_time});
      for (Index n = walker.first; n < walker.first + walker.count; ++n) {
        const auto at = static_cast<std::size_t>(n);
        rows.push_back(n);
        out.state.push_back(state_number[static_cast<std::size_t>(state)]);
        out.block.push_back(block_number[static_cast<std::size_t>(frames.block[at])]);
      }
    }
  const auto kept = [&](const Matrix& values) -> Matrix { return values(rows, Eigen::all); };
  out.coarse = kept(frames.coarse);
  if (frames.features.rows() > 0) out.features = kept(frames.features);
  for (const Matrix& values : frames.bias_coarse) out.bias_coarse.push_back(kept(values));
  return out;
}

/// States that share frames, by way of others: holds[k] where state k is one of them.
struct StateGroup {
  std::vector<char> holds;
  Index frames = 0;
};

/// From a group number per state; the one with most frames first.
inline std::vector<StateGroup> groups_by_size(const SampledFrames& frames, const std::vector<Index>& group) {
  std::vector<StateGroup> out(static_cast<std::size_t>(1 + *std::max_element(group.begin(), group.end())));
  for (StateGroup& one : out) one.holds.assign(group.size(), 0);
  for (std::size_t k = 0; k < group.size(); ++k) {
    StateGroup& own = out[static_cast<std::size_t>(group[k])];
    own.holds[k] = 1;
    own.frames += frames.states[k].frames;
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const StateGroup& a, const StateGroup& b) { return a.frames > b.frames; });
  return out;
}

/// The frames of one group, with a note that names the states left out: no frame tells their free energy relative to
/// those kept.
inline SampledFrames without_the_rest(const SampledFrames& frames, const StateGroup& kept) {
  std::vector<char> left;
  for (const char holds : kept.holds) left.push_back(holds == 0);
  SampledFrames out = only_states(frames, kept.holds);
  out.notes.push_back(
      fmt::format("the windows do not connect: {} share no frames with the rest and were left out ({} of {} frames); "
                  "add windows between them or use a softer bias",
                  name_states(frames, left), frames.size() - out.size(), frames.size()));
  return out;
}

}  // namespace liftwell
