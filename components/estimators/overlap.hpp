// SPDX-License-Identifier: MIT
// How much the states have in common, as a table for people and a warning where it is little.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "connection.hpp"
#include "liftwell/base/rounding.hpp"

namespace liftwell {

/// One link of the strongest tree that joins all states.
struct OverlapLink {
  Index from = 0, to = 0;
  double overlap = 0;  ///< the smaller of O_from,to and O_to,from
};

/// Prim's algorithm for the spanning tree of largest overlaps: its weakest link is what holds the states
/// together, whatever the number of variables in which windows are neighbours. `overlap` is row-normalised.
inline std::vector<OverlapLink> strongest_tree(const Matrix& overlap) {
  const Index states = overlap.rows();
  const auto between = [&](Index i, Index j) { return std::min(overlap(i, j), overlap(j, i)); };
  std::vector<OverlapLink> nearest, tree;
  for (Index k = 1; k < states; ++k) nearest.push_back({0, k, between(0, k)});
  while (!nearest.empty()) {
    const auto best = std::max_element(nearest.begin(), nearest.end(),
                                       [](const auto& a, const auto& b) { return a.overlap < b.overlap; });
    tree.push_back(*best);
    nearest.erase(best);
    const Index added = tree.back().to;
    for (OverlapLink& link : nearest)
      if (const double overlap_now = between(added, link.to); overlap_now > link.overlap)
        link = {added, link.to, overlap_now};
  }
  return tree;
}

/// What ties the two sides of a link together.
struct Tie {
  double frames = 0;  ///< that they share
  double share = 0;   ///< of the frames of the largest state on the side where that is smaller
};

/// Of states in one group with the link's; `shared` is PᵀP. A short run among long ones is well tied to them though
/// they hardly notice it; where it is all that leads from one to the other, they are not.
inline Tie tie_of(const Matrix& shared, const std::vector<Index>& group, const std::vector<OverlapLink>& tree,
                  const OverlapLink& cut) {
  std::vector<char> near(group.size(), 0);
  near[static_cast<std::size_t>(cut.from)] = 1;
  for (bool grown = true; grown;) {
    grown = false;
    for (const OverlapLink& link : tree) {
      if (link.from == cut.from && link.to == cut.to) continue;
      char &one = near[static_cast<std::size_t>(link.from)], &other = near[static_cast<std::size_t>(link.to)];
      grown = grown || one != other;
      one = other = one | other;
    }
  }
  const Vector frames = shared.rowwise().sum();
  double between = 0, largest_near = 0, largest_far = 0;
  for (Index i = 0; i < shared.rows(); ++i) {
    if (group[static_cast<std::size_t>(i)] != group[static_cast<std::size_t>(cut.from)]) continue;
    double& largest = near[static_cast<std::size_t>(i)] != 0 ? largest_near : largest_far;
    largest = std::max(largest, frames[i]);
    if (near[static_cast<std::size_t>(i)] == 0) continue;
    for (Index j = 0; j < shared.rows(); ++j)
      if (near[static_cast<std::size_t>(j)] == 0 &&
          group[static_cast<std::size_t>(j)] == group[static_cast<std::size_t>(i)])
        between += shared(i, j);
  }
  return {between, between / std::min(largest_near, largest_far)};
}

/// Adds to `frames` the overlap matrix O_ij = Σ_n P_ni P_nj / N_i, the probability that a frame of state i
/// belongs to state j as far as its energies tell (rows sum to 1; Klimovich, Shirts, Mobley, J. Comput. Aided
/// Mol. Des. 29, 397 (2015), eq. 8 and below), a row per state with the number of independent frames
/// that its own are worth and its nearest neighbour, and a note where the
/// states hang together by less than 0.03 of their frames (overlap and tie_of()) and fewer than 100. `shared` is PᵀP of
/// all states, `group` of connected_groups().
inline void report_overlap(SampledFrames& frames, const Matrix& shared, const std::vector<Index>& group) {
  constexpr double little = 0.03, few = 100;
  constexpr Index widest = 256;  // a million characters of summary.json
  const Index states = shared.rows();
  if (states < 2) return;
  const Matrix overlap = shared.array().colwise() / shared.rowwise().sum().array();
  const auto name = [&](Index k) { return detail::describe(frames.states[static_cast<std::size_t>(k)]); };

  const StateGroup largest = groups_by_size(frames, group).front();
  Table nearest{"Overlap of the windows",
                {{"window", "", 0},
                 {"frames", "", 0},
                 {"worth", "", 0},
                 {"nearest", "", 0},
                 {"overlap with it", "", 4},
                 {"", "", 0}},
                {}};
  for (Index k = 0; k < states; ++k) {
    Vector others = overlap.row(k).transpose();
    others[k] = -1;
    Index to = 0;
    const double most = others.maxCoeff(&to);
    const SampledState& state = frames.states[static_cast<std::size_t>(k)];
    const auto own = static_cast<double>(state.frames);
    nearest.rows.push_back({name(k), own, std::round(own * state.weight), name(to), most,
                            largest.holds[static_cast<std::size_t>(k)] != 0 ? "" : "LEFT OUT"});
  }
  frames.tables.push_back(std::move(nearest));
  if (states <= widest) {
    Table matrix{"Overlap matrix of the windows", {{"window", "", 0}}, {}};
    for (Index k = 0; k < states; ++k) {
      matrix.columns.push_back({name(k), "", 4});
      auto& row = matrix.rows.emplace_back(std::vector<Cell>{name(k)});
      for (Index j = 0; j < states; ++j) row.emplace_back(overlap(k, j));
    }
    frames.tables.push_back(std::move(matrix));
  }

  OverlapLink weakest{0, 0, 1};
  const std::vector<OverlapLink> tree = strongest_tree(overlap);
  for (const OverlapLink& link : tree) {
    if (group[static_cast<std::size_t>(link.from)] != group[static_cast<std::size_t>(link.to)] ||
        link.overlap >= std::min(little, weakest.overlap))
      continue;
    if (const Tie tie = tie_of(shared, group, tree, link); tie.share < little && tie.frames < few) weakest = link;
  }
  if (weakest.overlap < little)
    frames.notes.push_back(fmt::format(
        "{} and {} overlap by {:.2g} only (below {}): what lies on either side hangs together by few frames; add "
        "windows that lead from one to the other",
        name(weakest.from), name(weakest.to), two_digits_down(weakest.overlap), little));
}

}  // namespace liftwell
