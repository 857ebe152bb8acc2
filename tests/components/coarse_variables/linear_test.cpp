// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "support/evaluated.hpp"

using namespace liftwell;

TEST_CASE("linear is a weighted sum with an offset", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: linear, weights: [2, 0, -1], offset: 0.5}");
  const auto [value, gradient] = testing::at(*variable, {3, 5, 7});
  CHECK(value == Approx(6 - 7 + 0.5));
  CHECK(gradient == std::vector<double>{2, 0, -1});
}

TEST_CASE("linear says which dimension it needs, and refuses to be constant", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: linear, weights: [1, 2]}");
  CHECK(variable->misfit(2).empty());
  CHECK(variable->misfit(3) == "2 weights are given for a system of 3 dimensions");
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: linear, weights: [0, 0]}"),
                    Catch::Contains("must have an entry that is not 0"));
}
