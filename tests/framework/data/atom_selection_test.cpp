// SPDX-License-Identifier: MIT
#include "liftwell/data/atom_selection.hpp"

#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/data/pdb.hpp"
#include "support/alanine_dipeptide.hpp"

using namespace liftwell;

namespace {

using Atoms = std::vector<Index>;

const Topology& alanine() {
  static const Topology topology = parse_pdb(testing::alanine_dipeptide_pdb(), "ala.pdb").topology;
  return topology;
}

Atoms select(const std::string& expression, std::optional<Index> count = {}) {
  return select_atoms(alanine(), expression, count);
}

}  // namespace

TEST_CASE("Atoms are selected by their properties", "[unit]") {
  CHECK(select("name CA") == Atoms{8});
  CHECK(select("resid 2").size() == 10);
  CHECK(select("resname ACE NME").size() == 12);
  CHECK(select("resid 1-2").size() == 16);
  CHECK(select("index 3 7-9") == Atoms{3, 7, 8, 9});
  CHECK(select("element N") == Atoms{6, 16});
  CHECK(select("chain A").size() == 22);
  CHECK(select("all").size() == 22);
  CHECK(select("heavy") == Atoms{1, 4, 5, 6, 8, 10, 14, 15, 16, 18});
  CHECK(select("backbone") == Atoms{6, 8, 14, 15});
  CHECK(select("name HB*") == Atoms{11, 12, 13});
  CHECK(select("name HB? H?") == Atoms{0, 2, 3, 9, 11, 12, 13, 19, 20, 21});
}

TEST_CASE("Selections combine: not before and before or, and parentheses", "[unit]") {
  CHECK(select("name C and resname ALA") == Atoms{14});
  CHECK(select("name C and not resname ALA") == Atoms{4, 18});
  CHECK(select("name N or name C and resid 2") == Atoms{6, 14, 16});
  CHECK(select("(name N or name C) and resid 2") == Atoms{6, 14});
  CHECK(select("not (heavy or resid 1 3)") == Atoms{7, 9, 11, 12, 13});
}

TEST_CASE("Backbone angles are four atoms in the order of their bonds", "[unit]") {
  CHECK(select("phi(ALA 2)") == Atoms{4, 6, 8, 14});
  CHECK(select("psi(ALA 2)") == Atoms{6, 8, 14, 16});
  CHECK(select("omega(ALA 2)") == Atoms{8, 14, 16, 18});
  CHECK(select("omega(ACE 1)") == Atoms{1, 4, 6, 8});
  CHECK(select(" phi ( 2 ) ") == Atoms{4, 6, 8, 14});
  CHECK(select("psi(chain A and name CB)") == Atoms{6, 8, 14, 16});
  CHECK(names_angle("phi(ALA 2)"));
  CHECK_FALSE(names_angle("name CA and (resid 2)"));
}

TEST_CASE("Residues that have no such angle say what is missing", "[unit]") {
  CHECK_THROWS_WITH(select("phi(ACE 1)"), Catch::Contains("ACE 1 has no phi: there is no carbon of a residue before"));
  CHECK_THROWS_WITH(select("psi(NME 3)"), Catch::Contains("NME 3 has no psi: there is no atom CA in it"));
  CHECK_THROWS_WITH(select("index 0-40"), Catch::Contains("'index 0-40' goes beyond the molecule; they go from 0 to"));
  CHECK_THROWS_WITH(select("resid 1-9"), Catch::Contains("'resid 1-9' goes beyond the molecule"));
  CHECK_THROWS_WITH(select("chi1(ALA 2)"), Catch::Contains("ALA 2 has no chi1: there is no heavy atom beyond CB"));
  CHECK_THROWS_WITH(select("phi(GLY 2)"), Catch::Contains("no atom has resname 'GLY'"));
  CHECK_THROWS_WITH(select("phi(resid 1-2)"), Catch::Contains("is about several residues, ACE 1 and ALA 2"));
  CHECK_THROWS_WITH(select("phi(ALA 3)"), Catch::Contains("no residue is both"));
}

TEST_CASE("Where two chains have a residue of that name and number, how to name one is said", "[unit]") {
  Topology two = alanine();
  for (Atom atom : alanine().atoms) {
    atom.chain = "B";
    two.atoms.push_back(atom);
  }
  CHECK_THROWS_WITH(
      select_atoms(two, "phi(ALA 2)"),
      Catch::Contains(
          "ALA 2 and ALA 2 of chain B among them; name one, as in 'phi(resname ALA and resid 2 and chain A)'"));
}

TEST_CASE("Selections that cannot be meant say what is known", "[unit]") {
  CHECK_THROWS_WITH(select(""), Catch::Contains("an atom selection is empty"));
  CHECK_THROWS_WITH(select("name CX"), Catch::Contains("no atom has name 'CX'; there is C, CA, CB"));
  CHECK_THROWS_WITH(select("resid 2 9"), Catch::Contains("no atom has resid 9; they go from 1 to 3"));
  CHECK_THROWS_WITH(select("index 22"), Catch::Contains("no atom has index 22; they go from 0 to 21"));
  CHECK_THROWS_WITH(select("resid two"), Catch::Contains("'resid two' is no number or range"));
  CHECK_THROWS_WITH(select("reside 2"), Catch::Contains("did you mean 'resid'?"));
  CHECK_THROWS_WITH(select("name"), Catch::Contains("'name' needs at least one value"));
  CHECK_THROWS_WITH(select("name CA resid 2"), Catch::Contains("'resid' is not expected after 'CA'"));
  CHECK_THROWS_WITH(select("phi(ALA 2"), Catch::Contains("'phi(ALA 2' lacks its closing parenthesis"));
  CHECK_THROWS_WITH(select("(name CA"), Catch::Contains("a closing parenthesis is missing"));
  CHECK_THROWS_WITH(select("name CA and"), Catch::Contains("something is missing after 'and'"));
  CHECK_THROWS_WITH(select("name CA and resid 1"), Catch::Contains("selects no atom of the 22"));
  CHECK_THROWS_WITH(
      select("resid 3", 1),
      Catch::Contains("selects 6 atoms (N of NME 3, H of NME 3, C of NME 3, H1 of NME 3, …), but 1 is wanted"));
}
