// SPDX-License-Identifier: MIT
#include "transitions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace liftwell {
namespace {

/// Strongly connected components of a graph given by its edges (Kosaraju), per node; iterative, because paths
/// through cells may be long.
std::vector<Index> strong_components(Index nodes, const std::vector<std::pair<Index, Index>>& edges) {
  std::array<std::vector<std::vector<Index>>, 2> next;
  for (auto& direction : next) direction.resize(static_cast<std::size_t>(nodes));
  for (const auto& [from, to] : edges) {
    next[0][static_cast<std::size_t>(from)].push_back(to);
    next[1][static_cast<std::size_t>(to)].push_back(from);
  }
  std::vector<char> seen(static_cast<std::size_t>(nodes), 0);
  std::vector<Index> finished;
  for (Index seed = 0; seed < nodes; ++seed) {
    if (seen[static_cast<std::size_t>(seed)] != 0) continue;
    std::vector<std::pair<Index, std::size_t>> path{{seed, 0}};
    seen[static_cast<std::size_t>(seed)] = 1;
    while (!path.empty()) {
      auto& [node, child] = path.back();
      const auto& children = next[0][static_cast<std::size_t>(node)];
      if (child == children.size()) {
        finished.push_back(node);
        path.pop_back();
      } else if (const Index to = children[child++]; seen[static_cast<std::size_t>(to)] == 0) {
        seen[static_cast<std::size_t>(to)] = 1;
        path.emplace_back(to, 0);
      }
    }
  }
  std::vector<Index> component(static_cast<std::size_t>(nodes), -1);
  for (auto seed = finished.rbegin(); seed != finished.rend(); ++seed) {
    if (component[static_cast<std::size_t>(*seed)] >= 0) continue;
    std::vector<Index> open{*seed};
    component[static_cast<std::size_t>(*seed)] = *seed;
    while (!open.empty()) {
      const Index node = open.back();
      open.pop_back();
      for (const Index to : next[1][static_cast<std::size_t>(node)])
        if (component[static_cast<std::size_t>(to)] < 0) {
          component[static_cast<std::size_t>(to)] = *seed;
          open.push_back(to);
        }
    }
  }
  return component;
}

using TransitionRange = std::vector<Transition>::const_iterator;

/// Splits each component into those parts that transitions connect both ways, those of block `without` not counted.
/// Whether any was split.
bool split(std::vector<Index>& component, TransitionRange first, TransitionRange last, Index without) {
  std::vector<std::pair<Index, Index>> edges;
  for (auto t = first; t != last; ++t)
    if (t->block != without &&
        component[static_cast<std::size_t>(t->from)] == component[static_cast<std::size_t>(t->to)])
      edges.emplace_back(t->from, t->to);
  const auto number = [](std::vector<Index> of) {
    std::sort(of.begin(), of.end());
    return std::unique(of.begin(), of.end()) - of.begin();
  };
  const Index before = number(component);
  component = strong_components(std::ssize(component), edges);
  return number(component) > before;
}

/// Sets of cells with fewer of the frames are edges of what was visited.
constexpr double least_share = 0.01;

Index sets_that_count(const Connectivity& connectivity) {
  const auto all =
      static_cast<double>(std::accumulate(connectivity.frames.begin(), connectivity.frames.end(), Index{0}));
  return std::count_if(connectivity.frames.begin(), connectivity.frames.end(),
                       [&](Index frames) { return static_cast<double>(frames) >= least_share * all; });
}

constexpr Index no_block = -1;

/// The blocks of transitions, each of which must be dispensable; a single one cannot be.
std::vector<Index> blocks_to_doubt(TransitionRange first, TransitionRange last) {
  std::vector<Index> blocks;
  for (auto t = first; t != last; ++t) blocks.push_back(t->block);
  std::sort(blocks.begin(), blocks.end());
  blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  if (blocks.size() == 1) blocks = {no_block};
  return blocks;
}

Index root(std::vector<Index>& parent, Index node) {
  while (parent[static_cast<std::size_t>(node)] != node) {
    auto& up = parent[static_cast<std::size_t>(node)];
    up = parent[static_cast<std::size_t>(up)];
    node = up;
  }
  return node;
}

/// `connect`, of which each block may be left out in turn when `doubting`.
Connectivity connect_by(const Cells& cells, const std::vector<Transition>& transitions,
                        const std::vector<Transition>& later, bool doubting) {
  Connectivity out;
  std::vector<Index> parent(static_cast<std::size_t>(cells.count));
  std::iota(parent.begin(), parent.end(), 0);
  auto next_later = later.begin();
  for (auto first = transitions.begin(); first != transitions.end();) {
    const auto of_another = [&](const Transition& t) { return t.state != first->state; };
    const auto last = std::find_if(first, transitions.end(), of_another);
    while (next_later != later.end() && next_later->state < first->state) ++next_later;
    const auto last_later = std::find_if(next_later, later.end(), of_another);
    std::vector<Index> component(static_cast<std::size_t>(cells.count), 0);
    // What one pass splits may cut the paths of another: in turns, until none splits anything more.
    const std::vector<Index> left_out = doubting ? blocks_to_doubt(first, last) : std::vector<Index>{no_block};
    for (bool again = true; again;) {
      again = false;
      for (const Index without : left_out) {
        again |= split(component, first, last, without);
        if (next_later != last_later) again |= split(component, next_later, last_later, without);
      }
    }
    for (; first != last; ++first) {
      const Index there = component[static_cast<std::size_t>(first->from)];
      if (there != component[static_cast<std::size_t>(first->to)]) continue;
      out.there_and_back.push_back(*first);
      parent[static_cast<std::size_t>(root(parent, first->from))] = root(parent, first->to);
    }
  }
  std::vector<Index> held(static_cast<std::size_t>(cells.count), 0);
  for (const Index cell : cells.of) ++held[static_cast<std::size_t>(root(parent, cell))];
  std::vector<Index> roots;
  for (Index cell = 0; cell < cells.count; ++cell)
    if (root(parent, cell) == cell) roots.push_back(cell);
  std::stable_sort(roots.begin(), roots.end(), [&](Index a, Index b) {
    return held[static_cast<std::size_t>(a)] > held[static_cast<std::size_t>(b)];
  });
  std::vector<Index> number(static_cast<std::size_t>(cells.count), 0);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    number[static_cast<std::size_t>(roots[i])] = static_cast<Index>(i);
    out.frames.push_back(held[static_cast<std::size_t>(roots[i])]);
  }
  for (Index cell = 0; cell < cells.count; ++cell)
    out.set.push_back(number[static_cast<std::size_t>(root(parent, cell))]);
  return out;
}

/// "x = 0.51, y = 1.4": where the frames with chosen[n] are on average.
std::string place_of(const SampledFrames& frames, const std::vector<Index>& chosen, const CoarseMap& coarse,
                     const CoarseMap& further) {
  std::vector<std::string> parts;
  const auto add = [&](const Matrix& values, const CoarseMap& map) {
    for (Index k = 0; k < map.size(); ++k) {
      double sum = 0;
      for (const Index n : chosen) sum += map.difference(k, values(n, k), values(chosen.front(), k));
      parts.push_back(fmt::format("{} = {:.3g}", map.names()[static_cast<std::size_t>(k)],
                                  values(chosen.front(), k) + sum / static_cast<double>(chosen.size())));
    }
  };
  add(frames.coarse, coarse);
  add(frames.features, further);
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<Index> lag_frames(const SampledFrames& frames, std::optional<double> lag, Index multiple) {
  std::vector<Index> out;
  for (const SampledWalker& walker : frames.walkers) {
    if (!lag) {
      const double first = frames.walkers.front().frame_time;
      if (std::abs(walker.frame_time - first) > 1e-6 * first)
        throw InputError(fmt::format("frames are {:.6g} and {:.6g} apart: give the lag time, a multiple of both", first,
                                     walker.frame_time));
      out.push_back(multiple);
      continue;
    }
    const double steps = *lag / walker.frame_time;
    if (!(steps > 0.5 && std::isfinite(steps)) || std::abs(steps - std::round(steps)) > 1e-3)
      throw InputError(fmt::format("the lag time {:.6g} is no multiple of {:.6g}, the time between frames{}", *lag,
                                   walker.frame_time,
                                   frames.notes.empty() ? "" : " (those left out by max_frames not counted)"));
    out.push_back(multiple * static_cast<Index>(std::llround(steps)));
  }
  return out;
}

std::vector<Transition> count_transitions(const SampledFrames& frames, const Cells& cells,
                                          const std::vector<Index>& lag) {
  std::vector<std::array<Index, 4>> all;
  for (std::size_t w = 0; w < frames.walkers.size(); ++w) {
    const SampledWalker& walker = frames.walkers[w];
    for (Index n = walker.first; n + lag[w] < walker.first + walker.count; ++n) {
      const auto at = static_cast<std::size_t>(n);
      all.push_back({frames.state[at], cells.of[at], cells.of[static_cast<std::size_t>(n + lag[w])], frames.block[at]});
    }
  }
  std::sort(all.begin(), all.end());
  std::vector<Transition> out;
  for (const auto& [state, from, to, block] : all) {
    if (out.empty() || out.back().state != state || out.back().from != from || out.back().to != to ||
        out.back().block != block)
      out.push_back({state, from, to, block, 0});
    out.back().count += 1;
  }
  return out;
}

Connectivity connect(const Cells& cells, const std::vector<Transition>& transitions,
                     const std::vector<Transition>& later) {
  Connectivity out = connect_by(cells, transitions, later, false);
  // The edge of what was visited may hang on a single excursion: it is known no better, and hardly counts.
  Connectivity doubted = connect_by(cells, transitions, later, true);
  return sets_that_count(doubted) > sets_that_count(out) ? doubted : out;
}

std::vector<CellSet> report_unconnected(SampledFrames& frames, const Cells& cells, const Connectivity& connectivity,
                                        const EstimationRequest& request, const CoarseMap& further) {
  std::vector<std::vector<Index>> members(connectivity.frames.size());
  for (Index n = 0; n < frames.size(); ++n)
    members[static_cast<std::size_t>(connectivity.set[static_cast<std::size_t>(cells.of[static_cast<std::size_t>(n)])])]
        .push_back(n);
  std::vector<std::string> names;
  std::vector<CellSet> sets;
  for (std::size_t s = 0; s < members.size(); ++s) {
    if (s > 0 && static_cast<double>(members[s].size()) < least_share * static_cast<double>(frames.size())) continue;
    const std::string place = place_of(frames, members[s], request.coarse, further);
    sets.push_back({static_cast<Index>(s), {"the cells about " + place, frames.coarse(members[s], Eigen::all)}});
    if (s == 0) continue;
    names.push_back(fmt::format("that about {} ({} frames)", place, members[s].size()));
    frames.left_out.push_back(sets.back().frames);
  }
  const Index lost = frames.size() - connectivity.frames.front();
  if (!names.empty())
    frames.notes.push_back(fmt::format(
        "the cells do not connect: between the set about {} and {} no walkers went both ways, or only one did; their "
        "free energies relative to it are left open: start walkers between them, simulate longer or use wider cells",
        place_of(frames, members[0], request.coarse, further), detail::listed(std::move(names))));
  else if (lost > 0)
    frames.notes.push_back(
        fmt::format("{} of {} frames were left out: they lie in cells that walkers did not both "
                    "come from and go back to",
                    lost, frames.size()));
  return sets;
}

}  // namespace liftwell
