// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "support/evaluated.hpp"

using namespace liftwell;
using testing::at;

TEST_CASE("a harmonic well has one stiffness for all coordinates or one each", "[unit]") {
  const auto same = testing::make<Potential>("{type: harmonic, centre: [1, -2, 0], stiffness: 3}");
  REQUIRE(same->dimension() == 3);
  CHECK(at(*same, {2, 0, 1}).value == Approx(0.5 * 3 * (1 + 4 + 1)));
  CHECK(at(*same, {2, 0, 1}).gradient == std::vector<double>{3, 6, 3});
  const auto each = testing::make<Potential>("{type: harmonic, centre: [0, 0], stiffness: [1, 10]}");
  CHECK(at(*each, {2, 3}).value == Approx(2 + 45));
  CHECK(at(*each, {2, 3}).gradient == std::vector<double>{2, 30});
}

TEST_CASE("a harmonic well refuses a list of stiffnesses of another length", "[unit]") {
  CHECK_THROWS_WITH(configure("potential", "{type: harmonic, centre: [0, 0, 0], stiffness: [1, 2]}"),
                    Catch::Contains("must be one number or one for each coordinate of centre"));
}
