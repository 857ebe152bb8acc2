// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <limits>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/difference.hpp"

namespace liftwell {
namespace {

using Catch::Matchers::Contains;

CoarseMap one_variable() {
  return CoarseMap({Component<CoarseVariable>(configure("coarse_variable", "{type: coordinate, index: 0}"))});
}

CoarseMap two_variables() {
  return CoarseMap({Component<CoarseVariable>(configure("coarse_variable", "{type: coordinate, index: 0}")),
                    Component<CoarseVariable>(configure("coarse_variable", "{type: linear, weights: [1, 1]}"))});
}

RegionPair regions(const std::string& yaml, const CoarseMap& coarse) {
  return build<Difference>(*configure("difference", yaml))->regions("right", coarse);
}

}  // namespace

TEST_CASE("Intervals become the regions of a difference, unbounded ends included", "[unit]") {
  const RegionPair pair = regions("{type: intervals, of: [0, .inf], against: [-.inf, 0]}", one_variable());
  CHECK(pair.name == "right");
  CHECK(pair.variable == 0);
  CHECK(pair.of_low == 0);
  CHECK(pair.of_high == std::numeric_limits<double>::infinity());
  CHECK(pair.against_low == -std::numeric_limits<double>::infinity());
  CHECK(pair.against_high == 0);
}

TEST_CASE("Among several coarse variables a difference names its own", "[unit]") {
  CHECK(regions("{type: intervals, of: [0, 1], against: [1, 2], variable: linear}", two_variables()).variable == 1);
  CHECK_THROWS_WITH(regions("{type: intervals, of: [0, 1], against: [1, 2]}", two_variables()),
                    Contains("must say its variable") && Contains("linear"));
  CHECK_THROWS_WITH(regions("{type: intervals, of: [0, 1], against: [1, 2], variable: x}", two_variables()),
                    Contains("'x', which is not a variable of the profile"));
}

TEST_CASE("An interval has two ends, the lower one first", "[unit]") {
  CHECK_THROWS_WITH(configure("difference", "{type: intervals, of: [1, 0], against: [1, 2]}"), Contains("of"));
  CHECK_THROWS_WITH(configure("difference", "{type: intervals, of: [0], against: [1, 2]}"), Contains("1 numbers"));
}

}  // namespace liftwell
