// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

TEST_CASE("radius_of_gyration of two atoms is half their distance, wherever they are", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: radius_of_gyration, atoms: [0, 1]}");
  const auto [value, gradient] = testing::at(*variable, {5, 5, 5, 5.6, 5, 5.8});
  CHECK(value == Approx(0.5).epsilon(1e-14));
  CHECK(gradient[0] == Approx(-0.3).epsilon(1e-13));
  CHECK(gradient[5] == Approx(0.4).epsilon(1e-13));
}

TEST_CASE("radius_of_gyration by mass is that of the elements", "[unit]") {
  const testing::ScratchFolder folder;
  const std::string pdb = folder
                              .write("hcl.pdb",
                                     "ATOM      1  H   HCL A   1       0.000   0.000   0.000  1.00  0.00           H\n"
                                     "ATOM      2 CL   HCL A   1       1.000   0.000   0.000  1.00  0.00          CL\n")
                              .string();
  const auto variable =
      testing::make<CoarseVariable>("{type: radius_of_gyration, of: all, weights: mass, topology: " + pdb + "}");
  // Of two masses: distance sqrt(m1 m2)/(m1 + m2).
  CHECK(testing::at(*variable, {0, 0, 0, 0.1, 0, 0}).value ==
        Approx(0.1 * std::sqrt(1.008 * 35.45) / (1.008 + 35.45)).epsilon(1e-12));
}

TEST_CASE("radius_of_gyration of atoms at one place is 0 without a gradient", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: radius_of_gyration, atoms: [0, 1]}");
  const auto [value, gradient] = testing::at(*variable, {1, 1, 1, 1, 1, 1});
  CHECK(value == 0);
  CHECK(gradient == std::vector<double>(6, 0.0));
}

TEST_CASE("radius_of_gyration by mass needs the elements", "[unit]") {
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: radius_of_gyration, atoms: [0, 1], weights: mass}"),
                    Catch::Contains("is needed to know the masses"));
}
