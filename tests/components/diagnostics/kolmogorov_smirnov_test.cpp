// SPDX-License-Identifier: MIT
// The Kolmogorov-Smirnov distance of normal laws, coordinate by coordinate.
#include <catch2/catch.hpp>

#include "lifted_scene.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("The shifted coordinate is the one that is named", "[statistics]") {
  // Coordinate 0 is the target and does not vary; 2 is shifted by 0.6: 2 Φ(0.3) − 1 = 0.236. 3000 states: the
  // standard deviation is 0.013 and the maximum is about as much too large.
  const Findings found = against_frames("{type: kolmogorov_smirnov, subsample: 3000}", 1, 3000, 3000, 2, 0.6);
  REQUIRE(column(found, "coordinate") == std::vector<double>{1, 2});
  const auto distances = column(found, "distance"), p_values = column(found, "p-value");
  CHECK(distances[1] == Approx(2 * normal_cdf(0.3) - 1).margin(0.05));
  CHECK(distances[0] < 0.05);
  CHECK(p_values[1] == Approx(0.005));
  CHECK(p_values[0] > 0.01);
  // Mean of the Kolmogorov law: sqrt(π/2) ln 2 sqrt(1/n + 1/m) = 0.0224.
  CHECK(column(found, "under equality")[0] == Approx(0.0224).margin(0.01));
}
