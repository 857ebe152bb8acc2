// SPDX-License-Identifier: MIT
// Frames that fall into groups which nothing connects: each has a free energy, but for a constant.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "connection.hpp"

namespace liftwell {

/// Adds to `whole`, the free energy of the largest group, that of another, `name` ("the windows at 0 and 1"): its
/// profile, with a minimum of 0 of its own, goes into a table, and its differences stand where `whole` has none.
void add_group(FreeEnergy& whole, const FreeEnergy& part, const std::string& name);

/// What solving frames leads to: a free energy, or a group number per state where not all are connected.
using Solved = std::variant<FreeEnergy, std::vector<Index>>;

/// The free energy of the largest group of states, those of the others beside it. `solve` takes SampledFrames&. An
/// error of a group but the largest becomes a note.
template <class Solve>
FreeEnergy solve_by_groups(SampledFrames frames, const Solve& solve) {
  Solved solved = solve(frames);
  if (auto* whole = std::get_if<FreeEnergy>(&solved)) return std::move(*whole);
  const std::vector<StateGroup> groups = groups_by_size(frames, std::get<std::vector<Index>>(solved));
  FreeEnergy out = solve_by_groups(without_the_rest(frames, groups.front()), solve);
  for (std::size_t g = 1; g < groups.size(); ++g) {
    SampledFrames own = only_states(frames, groups[g].holds);
    own.notes.clear();
    const std::string name = name_states(frames, groups[g].holds);
    try {
      add_group(out, solve_by_groups(std::move(own), solve), name);
    } catch (const Error& error) {
      out.notes.push_back(fmt::format("{}: no free energy of their own: {}", name, error.what()));
    }
  }
  return out;
}

}  // namespace liftwell
