// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "support/evaluated.hpp"

using namespace liftwell;
using testing::at;

TEST_CASE("muller_brown_fast adds a spring of stiffness 1/epsilon at w = sin x", "[unit]") {
  const auto plane = testing::make<Potential>("{type: muller_brown}");
  const auto potential = testing::make<Potential>("{type: muller_brown_fast, epsilon: 0.02}");
  REQUIRE(potential->dimension() == 3);
  for (double x = -1.5; x < 1.2; x += 0.31) {
    const auto flat = at(*plane, {x, 0.7});
    const auto full = at(*potential, {x, 0.7, 0.4});
    const double away = 0.4 - std::sin(x);
    CHECK(full.value - flat.value == Approx(away * away / 0.04).epsilon(1e-10).margin(1e-10));
    CHECK(full.gradient[0] - flat.gradient[0] == Approx(-away * std::cos(x) / 0.02).epsilon(1e-10).margin(1e-10));
    CHECK(full.gradient[1] == flat.gradient[1]);
    CHECK(full.gradient[2] == Approx(away / 0.02).epsilon(1e-12).margin(1e-12));
  }
}

TEST_CASE("muller_brown_fast has epsilon 1e-3 unless told otherwise", "[unit]") {
  const auto potential = testing::make<Potential>("{type: muller_brown_fast}");
  CHECK(at(*potential, {0, 0, 0.1}).gradient[2] == Approx(100));
}
