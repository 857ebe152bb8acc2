// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/store/pdb_file.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

TEST_CASE("contacts is the mean of the formed fractions", "[unit]") {
  const auto variable = testing::make<CoarseVariable>(
      "{type: contacts, pairs: [[0, 1], [0, 2]], lengths: [0.3, 0.4], steepness: 50, tolerance: 1.5}");
  const auto formed = [](double distance, double length) { return 1 / (1 + std::exp(50 * (distance - 1.5 * length))); };
  CHECK(testing::at(*variable, {0, 0, 0, 0.44, 0, 0, 0, 0.65, 0}).value ==
        Approx((formed(0.44, 0.3) + formed(0.65, 0.4)) / 2).epsilon(1e-13));
  CHECK(testing::at(*variable, {0, 0, 0, 50, 0, 0, 0, 90, 0}).value == Approx(0).margin(1e-12));
}

TEST_CASE("contacts of a reference are found in it, and are formed there", "[unit]") {
  const testing::ScratchFolder folder;
  const std::string pdb = folder.write("ala.pdb", testing::alanine_dipeptide_pdb()).string();
  const auto variable =
      testing::make<CoarseVariable>("{type: contacts, reference: " + pdb + ", residues_apart: 2, cutoff: 0.6}");
  const Structure structure = read_pdb(pdb);
  CHECK(testing::at(*variable, {structure.frames.data(), structure.frames.data() + 66}).value > 0.99);
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: contacts, reference: " + pdb + "}"),
                    Catch::Contains("no two atoms of the group are nearer than 0.45 nm and at least 4 residues apart"));
}

TEST_CASE("contacts needs pairs of different atoms with a length each", "[unit]") {
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: contacts, pairs: [[0, 0]], lengths: 0.4}"),
                    Catch::Contains("pairs of two different atoms"));
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: contacts, pairs: [[0, 1], [1, 2], [0, 2]], lengths: [1, 2]}"),
                    Catch::Contains("1 or 3"));
}
