// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "support/evaluated.hpp"

using namespace liftwell;

TEST_CASE("distance is the length between two atoms and points from one to the other", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: distance, atoms: [0, 2]}");
  const auto [value, gradient] = testing::at(*variable, {0, 0, 0, 9, 9, 9, 0.3, 0, 0.4});
  CHECK(value == Approx(0.5).epsilon(1e-15));
  const std::vector<double> expected{-0.6, 0, -0.8, 0, 0, 0, 0.6, 0, 0.8};
  for (std::size_t d = 0; d < expected.size(); ++d) CHECK(gradient[d] == Approx(expected[d]).margin(1e-15));
  CHECK_FALSE(variable->period());
}

TEST_CASE("distance of atoms at one place is 0 and pulls nowhere", "[unit]") {
  const auto [value, gradient] =
      testing::at(*testing::make<CoarseVariable>("{type: distance, atoms: [0, 1]}"), {1, 2, 3, 1, 2, 3});
  CHECK(value == 0);
  CHECK(gradient == std::vector<double>(6, 0.0));
}

TEST_CASE("distance says which states it is for, and which atoms it needs", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: distance, atoms: [0, 2]}");
  CHECK(variable->misfit(9).empty());
  CHECK(variable->misfit(12).empty());
  CHECK(variable->misfit(6) ==
        "atom 2 needs a system of at least 3 atoms, 3 dimensions each, this one has 6 dimensions");
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: distance, atoms: [0, 1, 2]}"),
                    Catch::Contains("2 atoms are needed, and 3 are given"));
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: distance, atoms: [3, 3]}"),
                    Catch::Contains("atoms 3, 3 are not all different"));
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: distance}"), Catch::Contains("exactly one of them"));
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: distance, of: [name CA, name CB]}"),
                    Catch::Contains("topology: is needed to know what 'of' names"));
}
