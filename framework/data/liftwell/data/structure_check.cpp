// SPDX-License-Identifier: MIT
#include "liftwell/data/structure_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/data/point.hpp"

namespace liftwell {
namespace {

double handedness(const double* state, Index centre, const std::array<Index, 3>& around) {
  const auto arm = [&](std::size_t i) { return point(state, around[i]) - point(state, centre); };
  return dot(cross(arm(0), arm(1)), arm(2));
}

/// Angle between the bond to the first of `around` and the plane of the other two.
double out_of_plane(const double* state, Index centre, const std::array<Index, 3>& around) {
  const auto arm = [&](std::size_t i) { return point(state, around[i]) - point(state, centre); };
  const Point normal = cross(arm(1), arm(2));
  return std::asin(std::clamp(std::abs(dot(arm(0), normal)) / (norm(arm(0)) * norm(normal)), 0.0, 1.0));
}

/// Numbers of bonds between atoms, up to 3; 4 stands for more.
std::vector<std::vector<int>> bonds_apart(const std::vector<std::vector<Index>>& neighbours) {
  const std::size_t n = neighbours.size();
  std::vector<std::vector<int>> out(n, std::vector<int>(n, 4));
  for (std::size_t start = 0; start < n; ++start) {
    std::vector<std::size_t> reached{start};
    out[start][start] = 0;
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (const Index next : neighbours[reached[i]]) {
        int& apart = out[start][static_cast<std::size_t>(next)];
        if (out[start][reached[i]] >= 3 || apart < 4) continue;
        apart = out[start][reached[i]] + 1;
        reached.push_back(static_cast<std::size_t>(next));
      }
  }
  return out;
}

/// Whether the three bonds of `atom` are in a plane whatever the structure: carbon with three neighbours, and nitrogen
/// bonded to such a carbon. Where carbons have no hydrogens, as with united atoms, neighbours do not tell.
bool must_be_flat(const Topology& topology, const std::vector<std::vector<Index>>& neighbours, Index atom) {
  const auto joins_hydrogen_to_carbon = [&](const Bond& bond) {
    const std::string_view a = topology[bond.first].element->symbol, b = topology[bond.second].element->symbol;
    return (a == "C" && b == "H") || (a == "H" && b == "C");
  };
  const bool complete = std::any_of(topology.bonds.begin(), topology.bonds.end(), joins_hydrogen_to_carbon);
  const auto is_flat_carbon = [&](Index other) {
    return topology[other].element->symbol == "C" && neighbours[static_cast<std::size_t>(other)].size() == 3;
  };
  if (!complete) return false;
  if (is_flat_carbon(atom)) return true;
  const std::vector<Index>& around = neighbours[static_cast<std::size_t>(atom)];
  return topology[atom].element->symbol == "N" && std::any_of(around.begin(), around.end(), is_flat_carbon);
}

}  // namespace

StructureCheck::StructureCheck(const Topology& topology, const double* reference, const StructureTolerances& tolerances)
    : tolerances_(tolerances) {
  const auto neighbours = topology.neighbours();
  for (Index atom = 0; atom < topology.size(); ++atom) {
    const std::vector<Index>& around = neighbours[static_cast<std::size_t>(atom)];
    std::vector<Index> heavy;
    for (const Index other : around)
      if (topology[other].element->symbol != "H") heavy.push_back(other);
    // Three heavy atoms in a plane around one, as at carbonyl carbon, have no handedness.
    if (tolerances.chirality && around.size() == 4 && heavy.size() >= 3) {
      const std::array<Index, 3> three{heavy[0], heavy[1], heavy[2]};
      centres_.push_back({atom, three, handedness(reference, atom, three) > 0});
    }
    add_planes(topology, reference, atom, neighbours);
    for (std::size_t i = 0; i < around.size(); ++i)
      for (std::size_t j = i + 1; j < around.size(); ++j)
        angles_.push_back({around[i], atom, around[j],
                           angle_at(point(reference, around[i]), point(reference, atom), point(reference, around[j]))});
  }
  for (const auto& [a, b] : topology.bonds) bonds_.push_back({a, b, norm(point(reference, a) - point(reference, b))});
  for (const auto& [a, b] : topology.bonds)
    for (const auto& [c, n] : {std::pair{a, b}, std::pair{b, a}}) {
      if (topology[c].name != "C" || topology[n].name != "N" || topology[c].shares_residue_with(topology[n])) continue;
      try {
        const std::vector<Index> atoms = backbone_angle(topology, BackboneAngle::omega, c);
        Peptide peptide{{atoms[0], atoms[1], atoms[2], atoms[3]}, true};
        peptide.trans = tolerances.omega == "trans" || angle(peptide, reference) > std::numbers::pi / 2;
        peptides_.push_back(peptide);
      } catch (const InputError&) {
        continue;  // an end without the atoms of an omega
      }
    }
  const auto apart = bonds_apart(neighbours);
  for (Index a = 0; a < topology.size(); ++a)
    for (Index b = a + 1; b < topology.size(); ++b)
      if (apart[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] > 3)
        contacts_.push_back({a, b,
                             tolerances.clash * (topology[a].element->van_der_waals_radius +
                                                 topology[b].element->van_der_waals_radius)});
  if (const auto own = first_fault(reference)) {
    std::string atoms;
    for (const Index atom : own->atoms) atoms += (atoms.empty() ? "" : ", ") + topology[atom].label();
    throw InputError(
        fmt::format("the structure that others are held against has itself a fault: {} of {}", own->name, atoms));
  }
}

/// Bonds to hydrogen where there are any: the others are held by the rest of the molecule. A group counts as flat up to
/// 0.35 rad, because a reference may be a frame of a simulation; pyramids have 0.9.
void StructureCheck::add_planes(const Topology& topology, const double* reference, Index atom,
                                const std::vector<std::vector<Index>>& neighbours) {
  constexpr double flat = 0.35;
  const std::vector<Index>& around = neighbours[static_cast<std::size_t>(atom)];
  if (around.size() != 3) return;
  const bool must = must_be_flat(topology, neighbours, atom);
  std::vector<Planar> hydrogens, all;
  for (std::size_t i = 0; i < 3; ++i) {
    all.push_back({atom, {around[i], around[(i + 1) % 3], around[(i + 2) % 3]}, false});
    if (!must && !(out_of_plane(reference, atom, all.back().around) < flat)) return;
    if (topology[around[i]].element->symbol != "H") continue;
    hydrogens.push_back(all.back());
    hydrogens.back().hydrogen = true;
  }
  const std::vector<Planar>& kept = hydrogens.empty() ? all : hydrogens;
  planes_.insert(planes_.end(), kept.begin(), kept.end());
}

double StructureCheck::angle(const Peptide& bond, const double* state) {
  const auto at = [&](std::size_t i) { return point(state, bond.atoms[i]); };
  return std::abs(torsion(at(0), at(1), at(2), at(3)));
}

bool StructureCheck::twisted(const Peptide& bond, const double* state) const {
  const double most = tolerances_.twist > 0 ? tolerances_.twist : std::numbers::pi / 2;
  return !(std::abs(angle(bond, state) - (bond.trans ? std::numbers::pi : 0)) <= most);
}

std::string StructureCheck::fault(const double* state) const {
  const auto found = first_fault(state);
  return found ? std::string(found->name) : std::string();
}

std::optional<StructureCheck::Fault> StructureCheck::first_fault(const double* state) const {
  for (const Centre& centre : centres_)
    if ((handedness(state, centre.atom, centre.around) > 0) != centre.positive)
      return Fault{"chirality", {centre.atom}};
  if (tolerances_.omega != "any")
    for (const Peptide& peptide : peptides_)
      if (twisted(peptide, state)) return Fault{"omega", {peptide.atoms.begin(), peptide.atoms.end()}};
  if (tolerances_.bond > 0)
    for (const Length& bond : bonds_)
      if (!(std::abs(norm(point(state, bond.a) - point(state, bond.b)) - bond.value) <= tolerances_.bond))
        return Fault{"bond length", {bond.a, bond.b}};
  if (tolerances_.angle > 0)
    for (const Corner& corner : angles_)
      if (!(std::abs(angle_at(point(state, corner.a), point(state, corner.b), point(state, corner.c)) - corner.value) <=
            tolerances_.angle))
        return Fault{"bond angle", {corner.a, corner.b, corner.c}};
  if (tolerances_.angle > 0)
    for (const Planar& plane : planes_)
      if (!(out_of_plane(state, plane.atom, plane.around) <= tolerances_.angle))
        return Fault{plane.hydrogen ? "hydrogen placement" : "planarity", {plane.atom, plane.around[0]}};
  if (tolerances_.clash > 0)
    for (const Length& contact : contacts_)
      if (!(norm(point(state, contact.a) - point(state, contact.b)) >= contact.value))
        return Fault{"clash", {contact.a, contact.b}};
  return std::nullopt;
}

}  // namespace liftwell
