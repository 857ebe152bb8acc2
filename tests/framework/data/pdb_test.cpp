// SPDX-License-Identifier: MIT
#include "liftwell/data/pdb.hpp"

#include <catch2/catch.hpp>

#include "support/alanine_dipeptide.hpp"

using namespace liftwell;
using Catch::Matchers::Contains;

TEST_CASE("Coordinates in another unit than angstroms are told by how near atoms are", "[unit]") {
  const Structure right = parse_pdb(testing::alanine_dipeptide_pdb(), "ala.pdb");
  CHECK(doubtful_unit(right).empty());
  Structure other = right;
  other.frames *= 0.1;
  CHECK_THAT(doubtful_unit(other), Contains("look like nm, and should be angstroms"));
  other.frames *= 100;
  CHECK_THAT(doubtful_unit(other), Contains("ten times too large"));
  // Beads, and atoms of a gas, are what they are.
  Structure beads = right;
  for (Index i = 0; i < beads.frames.cols(); i += 3) beads.frames(0, i) = 0.38 * static_cast<double>(i / 3);
  CHECK(doubtful_unit(beads).empty());
  beads.frames *= 20;
  CHECK(doubtful_unit(beads).empty());
}

TEST_CASE("A coordinate that is no number is refused where it stands", "[unit]") {
  std::string text = testing::alanine_dipeptide_pdb();
  text.replace(text.find("  -0.364"), 8, "     nan");
  CHECK_THROWS_WITH(parse_pdb(text, "ala.pdb"), Contains("ala.pdb:1: the coordinate in columns 31 to 38 is 'nan'"));
}
