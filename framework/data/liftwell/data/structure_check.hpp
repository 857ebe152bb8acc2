// SPDX-License-Identifier: MIT
// Whether a state of a molecule is one that chemistry knows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/data/topology.hpp"

namespace liftwell {

/// What is looked at, and how far from the reference a state may be. 0 switches a tolerance off.
struct StructureTolerances {
  bool chirality = true;
  std::string omega = "as_given";  ///< peptide bonds: "trans", "as_given" in the reference, "any"
  double twist = 0.785;            ///< rad; of peptide bonds, from trans or cis
  double bond = 0.03;              ///< nm
  double angle = 0.6;              ///< rad; of planar groups, how far bonds may leave the plane
  double clash = 0.5;              ///< of the sum of van der Waals radii
};

/// Held against a reference structure, by atom:
///   chirality    atoms with three or four heavy neighbours keep the handedness of the first three,
///   omega        the torsion CA-C-N-CA of peptide bonds (methyl carbons of caps for CA) is trans, or trans or cis as
///                in the reference, within 45°: validation of refined structures calls 30° twisted, and at 300 K it
///                trembles by 9°,
///   bond length, bond angle
///   hydrogen placement, planarity    bonds of an atom with three neighbours that is flat in the reference, or must be
///                (carbon, and nitrogen bonded to such a carbon, as in a peptide), stay near the plane of the other
///                two; the first word is for bonds to hydrogen. Angles alone let a hydrogen turn a long way around the
///                bond behind it.
///   clash        no two atoms four or more bonds apart are nearer than a part of the sum of their van der Waals radii.
class StructureCheck {
 public:
  StructureCheck() = default;
  /// `reference`: 3 atoms numbers, nm. Throws InputError where the reference itself has a fault, with the atoms it is
  /// of.
  StructureCheck(const Topology& topology, const double* reference, const StructureTolerances& tolerances);

  /// The first of the words above that is wrong, "" where none is.
  [[nodiscard]] std::string fault(const double* state) const;

 private:
  struct Fault {
    std::string_view name;
    std::vector<Index> atoms;
  };
  [[nodiscard]] std::optional<Fault> first_fault(const double* state) const;
  struct Centre {
    Index atom;
    std::array<Index, 3> around;
    bool positive;
  };
  struct Peptide {
    std::array<Index, 4> atoms;
    bool trans;
  };
  struct Length {
    Index a, b;
    double value;
  };
  struct Corner {
    Index a, b, c;
    double value;
  };
  struct Planar {
    Index atom;
    std::array<Index, 3> around;  ///< the first is the one that may leave the plane
    bool hydrogen;
  };
  void add_planes(const Topology& topology, const double* reference, Index atom,
                  const std::vector<std::vector<Index>>& neighbours);
  /// Of the torsion around the bond, from 0 to π.
  [[nodiscard]] static double angle(const Peptide& bond, const double* state);
  [[nodiscard]] bool twisted(const Peptide& bond, const double* state) const;

  StructureTolerances tolerances_;
  std::vector<Centre> centres_;
  std::vector<Peptide> peptides_;
  std::vector<Length> bonds_;
  std::vector<Corner> angles_;
  std::vector<Planar> planes_;
  std::vector<Length> contacts_;  ///< with the least distance allowed
};

}  // namespace liftwell
