// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/data/pdb.hpp"
#include "support/alanine_dipeptide.hpp"

using namespace liftwell;

namespace {

Structure alanine() { return parse_pdb(testing::alanine_dipeptide_pdb(), "ala.pdb"); }

/// The line of an atom, with its parts in the columns of the format.
std::string line(int serial, const std::string& name, const std::string& rest) {
  return fmt::format("ATOM  {:5} {:<4}{}\n", serial, name, rest);
}

}  // namespace

TEST_CASE("A PDB file gives atoms with names, elements and residues, and positions in nm", "[unit]") {
  const Structure read = alanine();
  REQUIRE(read.topology.size() == 22);
  CHECK(read.topology[8].name == "CA");
  CHECK(read.topology[8].residue == "ALA");
  CHECK(read.topology[8].residue_number == 2);
  CHECK(read.topology[8].chain == "A");
  CHECK(read.topology[8].element->symbol == "C");
  CHECK(read.topology[8].label() == "CA of ALA 2");
  REQUIRE(read.frames.rows() == 1);
  REQUIRE(read.frames.cols() == 66);
  CHECK(read.frames(0, 24) == Approx(0.3563).epsilon(1e-12));
  CHECK(read.frames(0, 25) == Approx(0.1328).epsilon(1e-12));
  CHECK(read.topology.misfit(66).empty());
  CHECK_THAT(read.topology.misfit(65), Catch::Contains("22 atoms") && Catch::Contains("66 numbers"));
}

TEST_CASE("Bonds that a PDB file leaves out are found from distances", "[unit]") {
  const Topology topology = alanine().topology;
  // A tree of 22 atoms, and no ring.
  CHECK(topology.bonds.size() == 21);
  const auto neighbours = topology.neighbours();
  CHECK(neighbours[8] == std::vector<Index>{6, 9, 10, 14});  // CA: N, HA, CB, C
  CHECK(neighbours[10] == std::vector<Index>{8, 11, 12, 13});
  CHECK(neighbours[5] == std::vector<Index>{4});
}

TEST_CASE("Metals are bonded only where CONECT records say so", "[unit]") {
  const std::string sulphur = line(1, " S", " CYS A   1       0.000   0.000   0.000  1.00  0.00           S") +
                              line(7, " S", " CYS A   2       2.500   0.000   0.000  1.00  0.00           S");
  CHECK(parse_pdb(sulphur, "x.pdb").topology.bonds == std::vector<Bond>{{0, 1}});  // a long bond, within its radii
  const std::string ions = line(1, "CA", " CA  A   1       0.000   0.000   0.000  1.00  0.00          CA") +
                           line(7, " O", " HOH A   2       2.000   0.000   0.000  1.00  0.00           O");
  CHECK(parse_pdb(ions, "x.pdb").topology.bonds.empty());
  CHECK(parse_pdb(ions + "CONECT    7    1\n", "x.pdb").topology.bonds == std::vector<Bond>{{0, 1}});
}

TEST_CASE("Elements that the last columns do not state come from the alignment of the name", "[unit]") {
  const std::string coordinates = " RES A   1       0.000   0.000   0.000";
  const auto element = [&](const std::string& name) {
    return std::string(parse_pdb(line(1, name, coordinates), "x.pdb").topology[0].element->symbol);
  };
  CHECK(element(" CA") == "C");
  CHECK(element("CA") == "Ca");
  CHECK(element("HB12") == "H");
  CHECK(element("1HB") == "H");
  CHECK(element("CL") == "Cl");
}

TEST_CASE("Where names are aligned left, CA is a carbon unless its residue is an ion", "[unit]") {
  const std::string at = " A   1       0.000   0.000   0.000";
  const Structure read = parse_pdb(line(1, "N", " ALA" + at) + line(2, "CA", " ALA" + at) + line(3, "HD", " ALA" + at) +
                                       line(4, "CA", "  CA" + at) + line(5, "NA", " NA+" + at),
                                   "x.pdb");
  std::string symbols;
  for (const Atom& atom : read.topology.atoms) symbols += std::string(atom.element->symbol) + " ";
  CHECK(symbols == "N C H Ca Na ");
}

TEST_CASE("Alternate locations after the first are passed over, insertion codes are not", "[unit]") {
  const std::string tail = "       0.000   0.000   0.000  1.00  0.00           C";
  const Structure read = parse_pdb(line(1, " CA", "AALA A   1" + tail) + line(2, " CA", "BALA A   1" + tail) +
                                       line(3, " CA", " ALA A   1A" + tail.substr(1)),
                                   "x.pdb");
  CHECK(read.topology.size() == 2);
  CHECK(read.topology[1].residue_label() == "ALA 1A");
}

TEST_CASE("What is written as PDB reads back the same, all models of it", "[unit]") {
  const Structure first = alanine();
  Matrix frames = first.frames.replicate(3, 1);
  frames.row(1).array() += 0.1;
  frames.row(2) *= -1;
  const Structure again = parse_pdb(pdb_text(first.topology, frames), "again.pdb");
  CHECK(again.topology.bonds == first.topology.bonds);
  REQUIRE(again.frames.rows() == 3);
  CHECK((again.frames - frames).cwiseAbs().maxCoeff() < 1e-12);
  for (Index i = 0; i < first.topology.size(); ++i) {
    CHECK(again.topology[i].label() == first.topology[i].label());
    CHECK(again.topology[i].element == first.topology[i].element);
  }
}

TEST_CASE("Files that are no PDB say where and why", "[unit]") {
  const std::string good = line(1, " N", " ALA A   1       0.000   0.000   0.000  1.00  0.00           N");
  CHECK_THROWS_WITH(parse_pdb("hello\n", "x.pdb"), Catch::Contains("x.pdb has no ATOM or HETATM records"));
  CHECK_THROWS_WITH(parse_pdb(good + line(2, " C", " ALA A   1       0.0x0   0.000   0.000"), "x.pdb"),
                    Catch::Contains("x.pdb:2: the coordinate in columns 31 to 38 is '0.0x0'"));
  CHECK_THROWS_WITH(parse_pdb(line(1, " Q", " ALA A   1       0.000   0.000   0.000"), "x.pdb"),
                    Catch::Contains("x.pdb:1: the element of atom Q"));
  CHECK_THROWS_WITH(parse_pdb(good + "ENDMDL\n" + good + good, "x.pdb"),
                    Catch::Contains("x.pdb:4: atom 2 of model 2 is N of ALA 1, in the first model it is not there"));
  CHECK_THROWS_WITH(parse_pdb(good + good + "ENDMDL\n" + good, "x.pdb"),
                    Catch::Contains("model 2 has 1 atoms, the first one 2"));
}
