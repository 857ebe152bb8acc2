// SPDX-License-Identifier: MIT
#include "liftwell/data/atom_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

namespace liftwell {
namespace {

using Names = std::vector<std::string>;

bool same_set(const Names& a, const Names& b) {
  return std::multiset<std::string>(a.begin(), a.end()) == std::multiset<std::string>(b.begin(), b.end());
}

/// The first place at which two orders of the same names differ; -1 where they do not, or are not of the same names.
Index first_moved(const Names& file, const Names& molecule) {
  if (!same_set(file, molecule)) return -1;
  const auto [one, other] = std::mismatch(file.begin(), file.end(), molecule.begin());
  return one == file.end() ? -1 : static_cast<Index>(one - file.begin());
}

/// Without chains: programs letter them as they like.
Names labels_of(const Topology& topology) {
  Names out;
  for (const Atom& atom : topology.atoms)
    out.push_back(fmt::format("{} {}{} {}", atom.residue, atom.residue_number, atom.insertion, atom.name));
  return out;
}

/// The first atom that has changed places with others of its stretch of atoms that are one residue in both files.
/// Heavy atoms and hydrogens are looked at apart: names of hydrogens may be other ones (HA1, HA2 or HA2, HA3).
Index first_moved_in_residue(const Topology& file, const Topology& molecule) {
  for (Index begin = 0; begin < file.size();) {
    Index end = begin + 1;
    while (end < file.size() && file[end].shares_residue_with(file[begin]) &&
           molecule[end].shares_residue_with(molecule[begin]))
      ++end;
    for (const bool hydrogens : {false, true}) {
      Names here, there;
      std::vector<Index> places;
      for (Index i = begin; i < end; ++i) {
        if ((file[i].element->symbol == "H") != hydrogens) continue;
        here.push_back(file[i].name);
        there.push_back(molecule[i].name);
        places.push_back(i);
      }
      if (const Index moved = first_moved(here, there); moved >= 0) return places[static_cast<std::size_t>(moved)];
    }
    begin = end;
  }
  return -1;
}

}  // namespace

std::string atom_order_misfit(const Topology& file, const Topology& molecule) {
  if (file.size() != molecule.size())
    return fmt::format("has {} atoms, but the molecule of the system has {}", file.size(), molecule.size());
  Index moved = -1;
  for (Index i = 0; i < file.size() && moved < 0; ++i)
    if (file[i].element != molecule[i].element) moved = i;
  if (moved < 0) moved = first_moved(labels_of(file), labels_of(molecule));
  if (moved < 0) moved = first_moved_in_residue(file, molecule);
  if (moved < 0) return {};
  return fmt::format(
      "has {} ({}) as atom {}, where the molecule of the system has {} ({}); its atoms must be in the order of the "
      "system",
      file[moved].label(), file[moved].element->symbol, moved, molecule[moved].label(),
      molecule[moved].element->symbol);
}

}  // namespace liftwell
