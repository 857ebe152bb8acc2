// SPDX-License-Identifier: MIT
#include "liftwell/data/topology.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

constexpr double bond_tolerance = 0.045;  // nm

/// The first atom bonded to `atom` that `wanted` accepts, or −1.
template <class Wanted>
Index bonded_to(const std::vector<std::vector<Index>>& neighbours, Index atom, const Wanted& wanted) {
  if (atom < 0) return -1;
  for (const Index other : neighbours[static_cast<std::size_t>(atom)])
    if (wanted(other)) return other;
  return -1;
}

}  // namespace

std::string Atom::residue_label() const {
  return fmt::format("{} {}{}{}", residue, residue_number, insertion,
                     chain.empty() || chain == "A" ? "" : " of chain " + chain);
}

std::string Atom::label() const { return name + " of " + residue_label(); }

std::vector<std::vector<Index>> Topology::neighbours() const {
  std::vector<std::vector<Index>> out(atoms.size());
  for (const auto& [a, b] : bonds) {
    out[static_cast<std::size_t>(a)].push_back(b);
    out[static_cast<std::size_t>(b)].push_back(a);
  }
  for (std::vector<Index>& list : out) std::sort(list.begin(), list.end());
  return out;
}

Index Topology::in_residue_of(Index atom, std::string_view name) const {
  for (Index i = 0; i < size(); ++i)
    if ((*this)[i].name == name && (*this)[i].shares_residue_with((*this)[atom])) return i;
  return -1;
}

std::string Topology::misfit(Index dimension) const {
  if (dimension == 3 * size()) return {};
  return fmt::format("the molecule has {} atoms, so that its states have {} numbers, but this system has {} dimensions",
                     size(), 3 * size(), dimension);
}

std::vector<Bond> bonds_by_distance(const std::vector<Atom>& atoms, const double* state) {
  std::vector<Bond> out;
  const auto position = [&](std::size_t i) { return Eigen::Map<const Eigen::Vector3d>(state + 3 * i); };
  for (std::size_t a = 0; a < atoms.size(); ++a)
    for (std::size_t b = a + 1; b < atoms.size(); ++b) {
      const double first = atoms[a].element->covalent_radius, second = atoms[b].element->covalent_radius;
      if (first == 0 || second == 0) continue;
      const double reach = first + second + bond_tolerance;
      if ((position(a) - position(b)).squaredNorm() < reach * reach)
        out.emplace_back(static_cast<Index>(a), static_cast<Index>(b));
    }
  return out;
}

std::vector<Index> backbone_angle(const Topology& topology, BackboneAngle which, Index atom) {
  const auto neighbours = topology.neighbours();
  const Atom& here = topology[atom];
  const auto named = [&](std::string_view name) { return topology.in_residue_of(atom, name); };
  const auto elsewhere = [&](std::string_view symbol) {
    return [&topology, &here, symbol](Index other) {
      return topology[other].element->symbol == symbol && !topology[other].shares_residue_with(here);
    };
  };
  const Index n = named("N"), c = named("C");
  Index ca = named("CA");
  if (ca < 0 && which == BackboneAngle::omega) ca = named("CH3");
  std::vector<Index> out;
  const char* name = "";
  const char* beyond = "";
  switch (which) {
    case BackboneAngle::phi:
      name = "phi";
      beyond = "carbon of a residue before it bonded to N";
      out = {bonded_to(neighbours, n, elsewhere("C")), n, ca, c};
      break;
    case BackboneAngle::psi:
      name = "psi";
      beyond = "nitrogen of a residue after it bonded to C";
      out = {n, ca, c, bonded_to(neighbours, c, elsewhere("N"))};
      break;
    case BackboneAngle::omega: {
      name = "omega";
      beyond = "residue after it, bonded by a nitrogen to C and with a carbon CA";
      const Index next = bonded_to(neighbours, c, elsewhere("N"));
      out = {ca, c, next, bonded_to(neighbours, next, [&](Index other) {
               return other != c && topology[other].element->symbol == "C" &&
                      topology[other].shares_residue_with(topology[next]);
             })};
      // The nitrogen of proline has two carbons; the one named CA is meant.
      if (next >= 0)
        if (const Index proper = topology.in_residue_of(next, "CA"); proper >= 0) out[3] = proper;
      break;
    }
    case BackboneAngle::chi1: {
      name = "chi1";
      beyond = "heavy atom beyond CB";
      const Index cb = named("CB");
      out = {n, ca, cb, bonded_to(neighbours, cb, [&](Index other) {
               return other != ca && topology[other].element->symbol != "H";
             })};
      break;
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 0) continue;
    static constexpr const char* names[4][4] = {
        {"", "N", "CA", "C"}, {"N", "CA", "C", ""}, {"CA", "C", "", ""}, {"N", "CA", "CB", ""}};
    const std::string missing = names[static_cast<int>(which)][i];
    throw InputError(fmt::format("{} has no {}: there is no {}", here.residue_label(), name,
                                 missing.empty() ? std::string(beyond) : "atom " + missing + " in it"));
  }
  return out;
}

}  // namespace liftwell
