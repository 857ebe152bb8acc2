// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <limits>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/difference.hpp"
#include "support/angle.hpp"

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

TEST_CASE("On a periodic variable an interval may go through the end of the period", "[unit]") {
  const CoarseMap angle(
      {Component<CoarseVariable>(configure("coarse_variable", "{type: polar_angle}", testing::registry_with_angle()))});
  const RegionPair pair = regions("{type: intervals, of: [2.8, -2.8], against: [-1, 1]}", angle);
  CHECK(pair.of_low == 2.8);
  CHECK(pair.of_high == Approx(2 * std::numbers::pi - 2.8));
  CHECK(pair.against_high == 1);
  CHECK_THROWS_WITH(regions("{type: intervals, of: [-1, 1], against: [9, 1]}", angle),
                    Contains("'against: [9, 1]', which is longer than the period 6.28319"));
  CHECK_THROWS_WITH(regions("{type: intervals, of: [0, 120], against: [-1, 0]}", angle),
                    Contains("the difference 'right' has polar_angle = 120, which is more than one turn of 6.28319"));
  CHECK_THROWS_WITH(regions("{type: intervals, of: [0, 1], against: [-5, 5]}", angle),
                    Contains("goes from -5 to 5 along polar_angle, over more than one turn of 6.28319"));
  CHECK_THROWS_WITH(regions("{type: intervals, of: [1, 0], against: [1, 2]}", one_variable()),
                    Contains("the difference 'right' has 'of: [1, 0]', which must be [low, high] with low below high, "
                             "since coordinate is not periodic"));
}

TEST_CASE("An interval has two ends, the lower one first", "[unit]") {
  CHECK_THROWS_WITH(configure("difference", "{type: intervals, of: [1, 1], against: [1, 2]}"), Contains("equal"));
  CHECK_THROWS_WITH(configure("difference", "{type: intervals, of: [0], against: [1, 2]}"), Contains("1 numbers"));
}

}  // namespace liftwell
