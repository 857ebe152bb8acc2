// SPDX-License-Identifier: MIT
// What a molecule is made of: atoms with the names chemists give them, and bonds.
//
// A state of a molecule is 3 numbers per atom, in the order of its atoms: x0 y0 z0 x1 y1 z1 …, in nm.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/data/element.hpp"
#include "liftwell/data/matrix.hpp"

namespace liftwell {

struct Atom {
  std::string name;                  ///< "CA"
  std::string residue;               ///< "ALA"
  std::int64_t residue_number = 0;   ///< as in the file, where numbering need not start at 1
  std::string insertion;             ///< insertion code of the residue, mostly ""
  std::string chain;                 ///< "A", or ""
  const Element* element = nullptr;  ///< never null in a topology that was read

  /// Whether both are part of one residue.
  [[nodiscard]] bool shares_residue_with(const Atom& other) const {
    return residue_number == other.residue_number && chain == other.chain && insertion == other.insertion &&
           residue == other.residue;
  }
  /// "CA of ALA 2", with its chain where it has one that is not A.
  [[nodiscard]] std::string label() const;
  [[nodiscard]] std::string residue_label() const;  ///< "ALA 2"
};

/// Two atoms, the lower index first.
using Bond = std::pair<Index, Index>;

struct Topology {
  std::vector<Atom> atoms;
  std::vector<Bond> bonds;  ///< sorted, each once

  [[nodiscard]] Index size() const { return static_cast<Index>(atoms.size()); }
  [[nodiscard]] const Atom& operator[](Index atom) const { return atoms[static_cast<std::size_t>(atom)]; }
  /// Bonded atoms of each atom, ascending.
  [[nodiscard]] std::vector<std::vector<Index>> neighbours() const;
  /// Those of `name` in the residue of `atom`; −1 where there is none.
  [[nodiscard]] Index in_residue_of(Index atom, std::string_view name) const;
  /// "" where states of `dimension` numbers are states of this molecule, else what is wrong.
  [[nodiscard]] std::string misfit(Index dimension) const;
};

/// A topology with states: the models of a file.
struct Structure {
  Topology topology;
  Matrix frames;  ///< models x 3 atoms, nm; at least one
};

/// Pairs of atoms nearer than the sum of their covalent radii and 0.045 nm in `state` (3 atoms numbers, nm): the rule
/// of Meng and Lewis, J. Comput. Chem. 12, 891 (1991). Metals have none.
[[nodiscard]] std::vector<Bond> bonds_by_distance(const std::vector<Atom>& atoms, const double* state);

/// Whether the angle φ of the residue means anything is decided by bonds, not by numbering. Each gives four atoms;
/// `atom` is any of the residue. Throws InputError that names the residue and what is missing.
///   φ: C of the residue before, N, CA, C       ψ: N, CA, C, N of the residue after
///   ω: CA, C, N and CA of the residue after    χ1: N, CA, CB, and the γ atom
/// (IUPAC-IUB, Biochemistry 9, 3471 (1970), doi:10.1021/bi00820a001). In caps the methyl carbon stands for CA.
enum class BackboneAngle { phi, psi, omega, chi1 };
[[nodiscard]] std::vector<Index> backbone_angle(const Topology& topology, BackboneAngle which, Index atom);

}  // namespace liftwell
