// SPDX-License-Identifier: MIT
#include "liftwell/data/atom_order.hpp"

#include <catch2/catch.hpp>
#include <utility>

#include "liftwell/data/pdb.hpp"
#include "support/alanine_dipeptide.hpp"

using namespace liftwell;
using Catch::Matchers::Contains;

TEST_CASE("Files of a molecule whose atoms have other numbers are told from the system's", "[unit]") {
  const Topology molecule = parse_pdb(testing::alanine_dipeptide_pdb(), "ala.pdb").topology;
  CHECK(atom_order_misfit(molecule, molecule).empty());

  Topology elements = molecule;  // N and CA of alanine
  std::swap(elements.atoms[6], elements.atoms[8]);
  CHECK_THAT(atom_order_misfit(elements, molecule),
             Contains("has CA of ALA 2 (C) as atom 6, where the molecule of the system has N of ALA 2 (N)"));
  Topology names = molecule;  // CA and C of alanine: no element tells
  std::swap(names.atoms[8], names.atoms[14]);
  CHECK_THAT(atom_order_misfit(names, molecule), Contains("has C of ALA 2 (C) as atom 8"));
  Topology fewer = molecule;
  fewer.atoms.pop_back();
  CHECK(atom_order_misfit(fewer, molecule) == "has 21 atoms, but the molecule of the system has 22");

  // Names that only moved up by one, as with HA1, HA2 for HA2, HA3, and residues counted from 0.
  Topology glycine = molecule;
  glycine.atoms[9].name = "HA2", glycine.atoms[10].name = "HA3", glycine.atoms[10].element = molecule[9].element;
  Topology shifted = glycine;
  shifted.atoms[9].name = "HA1", shifted.atoms[10].name = "HA2";
  CHECK(atom_order_misfit(shifted, glycine).empty());
  for (Atom& atom : shifted.atoms) --atom.residue_number;
  CHECK(atom_order_misfit(shifted, glycine).empty());
  std::swap(shifted.atoms[8], shifted.atoms[14]);  // CA and C are exchanged all the same
  CHECK_THAT(atom_order_misfit(shifted, glycine), Contains("as atom 8"));

  // Other names for hydrogens and residues are a matter of taste.
  Topology renamed = molecule;
  renamed.atoms[0].name = "HH31";
  for (Atom& atom : renamed.atoms) atom.residue_number += 10;
  CHECK(atom_order_misfit(renamed, molecule).empty());

  // So are letters of chains, though a file has those of the system in another order.
  Topology two = molecule;
  for (Atom atom : molecule.atoms) {
    atom.chain = "B";
    two.atoms.push_back(atom);
  }
  Topology exchanged = two;
  for (Atom& atom : exchanged.atoms) atom.chain = atom.chain == "B" ? "A" : "B";
  CHECK(atom_order_misfit(exchanged, two).empty());
}
