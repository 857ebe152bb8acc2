// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/random.hpp"
#include "support/contracts/surface_laws.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;
using testing::at;

TEST_CASE("the fast/slow double well is its formula on the plain axes", "[unit]") {
  const auto sine = testing::make<Potential>(
      "{type: fast_slow_double_well, dimension: 3, barrier: 5, epsilon: 0.02, amplitude: 0.8}");
  const auto parabola = testing::make<Potential>(
      "{type: fast_slow_double_well, dimension: 3, barrier: 5, epsilon: 0.02, shape: parabola, amplitude: 0.8}");
  REQUIRE(sine->dimension() == 3);
  for (double x = -1.4; x < 1.5; x += 0.3) {
    const auto energy = [&](double g) {
      return 5 * std::pow(x * x - 1, 2) + (std::pow(0.3 - g, 2) + std::pow(-0.2 - g, 2)) / 0.04;
    };
    CHECK(at(*sine, {x, 0.3, -0.2}).value == Approx(energy(0.8 * std::sin(x))).epsilon(1e-12));
    CHECK(at(*parabola, {x, 0.3, -0.2}).value == Approx(energy(0.8 * x * x)).epsilon(1e-12));
  }
}

TEST_CASE("a rotated fast/slow double well has the same law along its slow direction", "[unit]") {
  // At x u + g(x) s every fast coordinate is at its conditional mean, so V = h (x^2 - 1)^2. The point
  // is found by relaxing the fast coordinates at fixed x, which needs no knowledge of s.
  const auto potential = testing::make<Potential>(
      "{type: fast_slow_double_well, dimension: 3, barrier: 2, epsilon: 0.1, slow_direction: [2, -1, 2]}");
  const double u[] = {2.0 / 3, -1.0 / 3, 2.0 / 3};
  for (const double x : {-1.3, 0.0, 0.4, 1.0}) {
    std::vector<double> state{x * u[0], x * u[1], x * u[2]};
    for (int i = 0; i < 100; ++i) {
      const auto gradient = at(*potential, state).gradient;
      const double along = gradient[0] * u[0] + gradient[1] * u[1] + gradient[2] * u[2];
      for (std::size_t d = 0; d < 3; ++d) state[d] -= 0.05 * (gradient[d] - along * u[d]);
    }
    CHECK(at(*potential, state).value == Approx(2 * std::pow(x * x - 1, 2)).margin(1e-10));
    const double away = std::hypot(state[0] - x * u[0], state[1] - x * u[1], state[2] - x * u[2]);
    CHECK(away == Approx(std::abs(std::sin(x)) * std::sqrt(2)).margin(1e-7));  // |g s|, with |s|^2 = D - 1
  }
}

TEST_CASE("a rotation seed turns the slow direction, the same way every time", "[unit]") {
  const std::string start = "{type: fast_slow_double_well, dimension: 20, rotation_seed: ";
  const auto one = testing::make<Potential>(start + "1}");
  const auto same = testing::make<Potential>(start + "1}");
  const auto other = testing::make<Potential>(start + "2}");
  std::vector<double> state(20, 0.1);
  CHECK(at(*one, state).value == at(*same, state).value);
  CHECK(at(*one, state).value != at(*other, state).value);
  CHECK(contracts::surface_laws(*one) == contracts::BrokenLaws{});
  CHECK(contracts::surface_laws(*testing::make<Potential>("{type: fast_slow_double_well, dimension: 4}")) ==
        contracts::BrokenLaws{});
}

TEST_CASE("the fast/slow double well refuses contradictory directions", "[unit]") {
  CHECK_THROWS_WITH(configure("potential", "{type: fast_slow_double_well, rotation_seed: 1, slow_direction: [1, 1]}"),
                    Catch::Contains("cannot be given together with rotation_seed"));
  CHECK_THROWS_WITH(configure("potential", "{type: fast_slow_double_well, slow_direction: [1, 1, 1]}"),
                    Catch::Contains("as many entries as the system has dimensions"));
  CHECK_THROWS_WITH(configure("potential", "{type: fast_slow_double_well, slow_direction: [0, 0]}"),
                    Catch::Contains("must not be zero"));
}
