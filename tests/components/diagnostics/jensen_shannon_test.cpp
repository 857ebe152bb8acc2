// SPDX-License-Identifier: MIT
// The Jensen-Shannon divergence of histograms.
#include <catch2/catch.hpp>

#include "diagnostics/histogram_divergence.hpp"
#include "lifted_scene.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("The divergence is 0 for equal and ln 2 for disjoint histograms", "[unit]") {
  Matrix states(8, 1);
  states << 0.1, 0.2, 1.1, 1.2, 0.3, 0.4, 1.3, 1.4;
  const auto divergence = [&](const Division& division) {
    return BinnedSample(states, {{1.0}}).distances({division})(0, 0);
  };
  CHECK(divergence({1, 1, 1, 1, 0, 0, 0, 0}) == 0);
  CHECK(divergence({1, 1, 0, 0, 1, 1, 0, 0}) == Approx(std::log(2)));
  // 3/4 against 1/4 in the lower bin: ln 2 less the entropy of 3/4 : 1/4.
  CHECK(divergence({1, 1, 1, 0, 1, 0, 0, 0}) == Approx(std::log(2) + 0.75 * std::log(0.75) + 0.25 * std::log(0.25)));
}

TEST_CASE("Bins hold equal shares", "[unit]") {
  Matrix states(8, 1);
  states << 5, 1, 2, 7, 3, 4, 6, 8;
  CHECK(equal_share_edges(states, 4) == std::vector<std::vector<double>>{{3, 5, 7}});
}

TEST_CASE("The divergence of shifted normal laws is that of their histograms", "[statistics]") {
  // Ten bins of equal share of N(0, 1) against N(0.8, 1), plus 9 (1/n + 1/m)/8 from counting; the
  // table's standard error, about 0.003, decides. With right draws only the latter is left.
  std::vector<double> edges{-1.281552, -0.841621, -0.524401, -0.253347, 0, 0.253347, 0.524401, 0.841621, 1.281552, 40};
  double expected = 9 * (2.0 / 4000) / 8, before = 0;
  for (const double edge : edges) {
    const double q = normal_cdf(edge - 0.8) - before, middle = (0.1 + q) / 2;
    before += q;
    expected += (0.1 * std::log(0.1 / middle) + q * std::log(q / middle)) / 2;
  }
  const std::string check =
      "{type: jensen_shannon, bins: 10, subsample: 4000, repeats: 16, permutations: 19, " + exact_reference + "}";
  LiftedScene scene({.shift = 0.8}, 2, 4000);
  const Findings found = scene.evaluate(check);
  const auto distances = column(found, "distance"), errors = column(found, "distance error");
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(errors[i] < 0.015);
    CHECK(std::abs(distances[i] - expected) < 4 * errors[i]);
  }
  // χ² with 9 degrees of freedom over 16 n: 64 pairs in all give 6 %.
  LiftedScene right({}, 4, 4000);
  CHECK(mean(column(right.evaluate(check), "under equality")) == Approx(9 * (2.0 / 4000) / 8).epsilon(0.25));
}
