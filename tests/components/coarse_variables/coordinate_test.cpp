// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "support/evaluated.hpp"

using namespace liftwell;

TEST_CASE("coordinate is one entry of the state", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: coordinate, index: 1}");
  const auto [value, gradient] = testing::at(*variable, {3, 5, 7});
  CHECK(value == 5);
  CHECK(gradient == std::vector<double>{0, 1, 0});
  CHECK_FALSE(variable->period());
}

TEST_CASE("coordinate says which dimension it needs", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: coordinate, index: 5}");
  CHECK(variable->misfit(6).empty());
  CHECK(variable->misfit(3) == "index 5 needs a system of at least 6 dimensions, this one has 3");
}
