// SPDX-License-Identifier: MIT
// The squared maximum mean discrepancy of normal laws.
#include <catch2/catch.hpp>

#include "lifted_scene.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("The discrepancy of shifted normal laws is the one of theory", "[statistics]") {
  // Two coordinates of pooled deviation 1, the second one shifted: before standardising by a, so by
  // b = a/sqrt(1 + a²/4) for laws of variance v = 1/(1 + a²/4). With the kernel's width h,
  // MMD² = 2 (1 − exp(−b²/2(h² + 2 v))) h²/sqrt((h² + 2)(h² + 2 v)). 2000 frequencies: 2 % of error, 4000 states:
  // 3 %. Fails with the width taken for h² instead of h.
  const double a = 1.2, h = 0.5, v = 1 / (1 + a * a / 4), b = a * std::sqrt(v);
  const double expected =
      2 * (1 - std::exp(-b * b / (2 * (h * h + 2 * v)))) * h * h / std::sqrt((h * h + 2) * (h * h + 2 * v));
  const Findings found = against_frames(
      "{type: mmd, bandwidth: 0.5, features: 2000, subsample: 4000, permutations: 19}", 1, 4000, 4000, 2, a);
  CHECK(found.values.at("mmd.mean") == Approx(expected).epsilon(0.1));
  CHECK(found.values.at("mmd.smallest_p_value") == Approx(0.05));
  CHECK(column(found, "states tested")[0] == 4000);
}

TEST_CASE("Without a width, the kernel is as wide as the median distance of states", "[statistics]") {
  // For normal laws in two dimensions the median distance is sqrt(4 ln 2) = 1.665.
  const auto value = [](const std::string& width) {
    return against_frames("{type: mmd, features: 500, subsample: 2000, permutations: 19" + width + "}", 1, 2000, 2000,
                          2, 0.5)
        .values.at("mmd.mean");
  };
  CHECK(value("") == Approx(value(", bandwidth: 1.665")).epsilon(0.05));
  CHECK(std::abs(value("") - value(", bandwidth: 3")) > 0.1 * value(""));
}
