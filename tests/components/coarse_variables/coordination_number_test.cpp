// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "support/evaluated.hpp"

using namespace liftwell;

namespace {

double pair_at(double distance) {
  const auto variable =
      testing::make<CoarseVariable>("{type: coordination_number, atoms: 0, with_atoms: 1, radius: 0.4}");
  return testing::at(*variable, {0, 0, 0, distance, 0, 0}).value;
}

}  // namespace

TEST_CASE("coordination_number of a pair is 1/(1 + u^6) with the usual exponents", "[unit]") {
  for (const double u : {0.0, 0.5, 1.0 - 1e-9, 1.0, 1.0 + 1e-9, 2.0})
    CHECK(pair_at(0.4 * u) == Approx(1 / (1 + std::pow(u, 6))).epsilon(1e-13));
}

TEST_CASE("coordination_number is the rational switch for any exponents, n/m at the radius", "[unit]") {
  const auto variable = testing::make<CoarseVariable>(
      "{type: coordination_number, atoms: 0, with_atoms: 1, radius: 1, numerator: 4, denominator: 7}");
  const auto at = [&](double u) { return testing::at(*variable, {0, 0, 0, u, 0, 0}); };
  CHECK(at(0.8).value == Approx((1 - std::pow(0.8, 4)) / (1 - std::pow(0.8, 7))).epsilon(1e-13));
  CHECK(at(1).value == Approx(4.0 / 7).epsilon(1e-14));
  // The slope at u = 1 is n (n − m)/(2 m).
  CHECK(at(1).gradient[3] == Approx(4 * (4 - 7) / (2 * 7.0)).epsilon(1e-12));
}

TEST_CASE("coordination_number counts each pair once and no atom with itself", "[unit]") {
  const std::vector<double> line{0, 0, 0, 0.1, 0, 0, 0.2, 0, 0};
  const auto one = testing::make<CoarseVariable>("{type: coordination_number, atoms: [0, 1, 2], radius: 10}");
  CHECK(testing::at(*one, line).value == Approx(3).epsilon(1e-9));
  const auto overlapping =
      testing::make<CoarseVariable>("{type: coordination_number, atoms: [0, 1], with_atoms: [1, 2], radius: 10}");
  CHECK(testing::at(*overlapping, line).value == Approx(3).epsilon(1e-9));
}

TEST_CASE("coordination_number refuses exponents that do not fall off", "[unit]") {
  CHECK_THROWS_WITH(
      configure("coarse_variable", "{type: coordination_number, atoms: [0, 1], numerator: 6, denominator: 6}"),
      Catch::Contains("must be above numerator"));
  CHECK_THROWS_WITH(configure("coarse_variable", "{type: coordination_number, atoms: [0], with: name CA}"),
                    Catch::Contains("topology: is needed"));
}
