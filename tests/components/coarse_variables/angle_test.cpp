// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "support/evaluated.hpp"

using namespace liftwell;

namespace {

double angle(double radians) {
  const auto variable = testing::make<CoarseVariable>("{type: angle, atoms: [0, 1, 2]}");
  return testing::at(*variable, {0.2, 0, 0, 0, 0, 0, 0.1 * std::cos(radians), 0.1 * std::sin(radians), 0}).value;
}

}  // namespace

TEST_CASE("angle is the one at the second atom, exact next to 0 and pi", "[unit]") {
  for (const double wanted : {1e-9, 0.3, 1.0, 2.0, std::numbers::pi - 1e-9})
    CHECK(std::abs(angle(wanted) - wanted) < 1e-15);
}

TEST_CASE("angle of atoms in line has no gradient instead of an infinite one", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: angle, atoms: [0, 1, 2]}");
  const auto [value, gradient] = testing::at(*variable, {-0.1, 0, 0, 0, 0, 0, 0.1, 0, 0});
  CHECK(value == Approx(std::numbers::pi));
  CHECK(gradient == std::vector<double>(9, 0.0));
}

TEST_CASE("angle does not change when the molecule is moved or turned", "[unit]") {
  const auto variable = testing::make<CoarseVariable>("{type: angle, atoms: [0, 1, 2]}");
  const auto gradient = testing::at(*variable, {0.2, 0.1, 0, 0, 0.05, 0, 0.03, 0.1, 0.2}).gradient;
  for (std::size_t axis = 0; axis < 3; ++axis)
    CHECK(gradient[axis] + gradient[axis + 3] + gradient[axis + 6] == Approx(0).margin(1e-14));
}
