// SPDX-License-Identifier: MIT
#include "atom_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "liftwell/base/error.hpp"
#include "liftwell/data/atom_selection.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {
namespace {

std::vector<Index> from_indices(const AtomOptions& options, const Topology* molecule) {
  std::vector<Index> out(options.atoms.begin(), options.atoms.end());
  for (const Index atom : out)
    if (molecule != nullptr && atom >= molecule->size())
      throw InputError(fmt::format("there is no atom {}; the molecule has {}, counted from 0", atom, molecule->size()));
  return out;
}

std::vector<Index> points(const AtomOptions& options, Index count, const Topology* molecule) {
  std::vector<Index> out;
  if (molecule != nullptr && !options.of.empty()) {
    if (options.of.size() == 1 && names_angle(options.of.front())) {
      out = select_atoms(*molecule, options.of.front(), count);
    } else {
      if (std::ssize(options.of) != count)
        throw InputError(fmt::format("{} atoms are needed, and {} selections are given; give one for each atom{}",
                                     count, options.of.size(), count == 4 ? ", or an angle such as phi(ALA 2)" : ""));
      for (const std::string& one : options.of) out.push_back(select_atoms(*molecule, one, 1).front());
    }
  } else {
    out = from_indices(options, molecule);
    if (std::ssize(out) != count)
      throw InputError(fmt::format("{} atoms are needed, and {} are given", count, out.size()));
  }
  if (std::set<Index>(out.begin(), out.end()).size() != out.size())
    throw InputError(fmt::format("atoms {} are not all different", fmt::join(out, ", ")));
  return out;
}

std::vector<Index> group(const AtomOptions& options, const Topology* molecule) {
  std::vector<Index> out;
  if (molecule != nullptr && !options.of.empty()) {
    for (const std::string& one : options.of) {
      const auto more = select_atoms(*molecule, one);
      out.insert(out.end(), more.begin(), more.end());
    }
  } else {
    out = from_indices(options, molecule);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// choose(topology or null) with the molecule read.
template <class Choose>
FoundAtoms found(const AtomOptions& options, const Choose& choose) {
  if (options.topology.empty()) return {choose(nullptr), nullptr};
  const auto molecule = std::make_shared<const Structure>(read_pdb(options.topology));
  return {choose(&molecule->topology), molecule};
}

template <class Find>
void check(const AtomOptions& options, Problems& problems, const Find& find) {
  if (options.of.empty() == options.atoms.empty())
    return problems.add("of", "and atoms are two ways to name atoms", "", "exactly one of them");
  if (!options.of.empty() && options.topology.empty())
    return problems.add("topology", "is needed to know what 'of' names", "", "a PDB file, or 'atoms' instead of 'of'");
  if (!options.topology.empty()) {
    try {
      (void)read_pdb(options.topology);
    } catch (const Error& problem) {
      return problems.add("topology", std::string("cannot be used: ") + problem.what());
    }
  }
  try {
    (void)find();
  } catch (const Error& problem) {
    problems.add(options.of.empty() ? "atoms" : "of", std::string("cannot be used: ") + problem.what());
  }
}

}  // namespace

std::string FoundAtoms::misfit(Index dimension) const {
  if (molecule != nullptr) {
    const Index size = molecule->topology.size();
    if (dimension == 3 * size) return {};
    return fmt::format("the molecule of its topology has {} atoms, {} coordinates, this system has {} dimensions", size,
                       3 * size, dimension);
  }
  const Index last = atoms.empty() ? 0 : *std::max_element(atoms.begin(), atoms.end());
  if (dimension % 3 == 0 && dimension > 3 * last) return {};
  return fmt::format("atom {} needs a system of at least {} atoms, 3 dimensions each, this one has {} dimensions", last,
                     last + 1, dimension);
}

FoundAtoms find_points(const AtomOptions& options, Index count) {
  return found(options, [&](const Topology* molecule) { return points(options, count, molecule); });
}

FoundAtoms find_group(const AtomOptions& options) {
  return found(options, [&](const Topology* molecule) { return group(options, molecule); });
}

void check_points(const AtomOptions& options, Index count, Problems& problems) {
  check(options, problems, [&] { return find_points(options, count); });
}

void check_group(const AtomOptions& options, Problems& problems) {
  check(options, problems, [&] { return find_group(options); });
}

}  // namespace liftwell
