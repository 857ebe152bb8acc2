// SPDX-License-Identifier: MIT
// The sliced Wasserstein-1 distance of normal laws.
#include <catch2/catch.hpp>

#include "diagnostics/sorted_line.hpp"
#include "lifted_scene.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("The Wasserstein distance along a line is the area between distribution functions", "[unit]") {
  Vector values(5);
  values << 3, 0, 1, 1, 5;
  // {3, 0} against {1, 1, 5}: F − G is 1/2 on (0, 1), −1/6 on (1, 3), 1/3 on (3, 5).
  CHECK(SortedLine(values).wasserstein(leading(2, 5)) == Approx(0.5 + 2.0 / 6 + 2.0 / 3));
  CHECK(SortedLine(values).energy(leading(2, 5)) == Approx(2 * (0.25 + 2.0 / 36 + 2.0 / 9)));
  CHECK(SortedLine(values).kolmogorov(leading(2, 5)) == Approx(0.5));
}

TEST_CASE("The distance of normal laws of different width is the one of theory", "[statistics]") {
  // W₁(N(0, s²), N(0, 1)) = |s − 1| sqrt(2/π). The table's standard error, about 0.007, decides.
  LiftedScene scene({.width = 1.5}, 2, 4000);
  const Findings found = scene.evaluate("{type: sliced_wasserstein, subsample: 4000, repeats: 16, permutations: 19, " +
                                        exact_reference + "}");
  const auto distances = column(found, "distance"), errors = column(found, "distance error");
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(errors[i] < 0.04);
    CHECK(std::abs(distances[i] - 0.5 * std::sqrt(2 / std::acos(-1.0))) < 4 * errors[i]);
  }
}

TEST_CASE("The distance of shifted laws is their shift times the mean of a direction's share", "[statistics]") {
  // The shift a becomes b = a/sqrt(1 + a²/4) in deviations of the pooled states; E|θ₁| = 2/π in two dimensions
  // and 1/2 in three. 200 directions give 4 %, 1000 states 5 %. Fails with directions that are not of length 1.
  const double b = 1 / std::sqrt(1 + 0.25);
  for (const auto& [dimension, share] : {std::pair<Index, double>{2, 2 / std::acos(-1.0)}, {3, 0.5}}) {
    const Findings found = against_frames(
        "{type: sliced_wasserstein, directions: 200, subsample: 1000, permutations: 19}", 1, 1000, 1000, dimension, 1);
    CHECK(found.values.at("sliced_wasserstein.mean") == Approx(b * share).epsilon(0.15));
  }
}
