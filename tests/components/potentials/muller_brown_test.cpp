// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "support/evaluated.hpp"

using namespace liftwell;
using testing::at;

namespace {
const auto surface = [] { return testing::make<Potential>("{type: muller_brown}"); };
}

TEST_CASE("Müller-Brown has its stationary points where they are known to be", "[unit]") {
  const auto potential = surface();
  REQUIRE(potential->dimension() == 2);
  const struct {
    const char* name;
    double x, y, energy;
  } points[] = {{"minimum A", -0.55822363, 1.44172584, -146.69951721},
                {"minimum B", 0.62349940, 0.02803776, -108.16672412},
                {"minimum C", -0.05001082, 0.46669410, -80.76781813},
                {"saddle A-C", -0.82200156, 0.62431280, -40.66484351},
                {"saddle C-B", 0.21248658, 0.29298833, -72.24894011}};
  for (const auto& point : points) {
    INFO(point.name);
    const auto [energy, gradient] = at(*potential, {point.x, point.y});
    CHECK(energy == Approx(point.energy).epsilon(0).margin(1e-8));
    CHECK(std::abs(gradient[0]) < 2e-5);  // eight digits of position, curvatures up to 3000
    CHECK(std::abs(gradient[1]) < 2e-5);
  }
}

TEST_CASE("Müller-Brown agrees with its formula term by term", "[unit]") {
  const auto potential = surface();
  const double amplitude[] = {-200, -100, -170, 15}, a[] = {-1, -1, -6.5, 0.7}, b[] = {0, 0, 11, 0.6},
               c[] = {-10, -10, -6.5, 0.7}, x0[] = {1, 0, -0.5, -1}, y0[] = {0, 0.5, 1.5, 1};
  for (double x = -2; x <= 1.5; x += 0.17)
    for (double y = -1; y <= 2.5; y += 0.19) {
      double expected = 0;
      for (int k = 0; k < 4; ++k)
        expected += amplitude[k] * std::exp(a[k] * (x - x0[k]) * (x - x0[k]) + b[k] * (x - x0[k]) * (y - y0[k]) +
                                            c[k] * (y - y0[k]) * (y - y0[k]));
      REQUIRE(at(*potential, {x, y}).value == Approx(expected).epsilon(1e-13).margin(1e-11));
    }
}

TEST_CASE("a walker that leaves Müller-Brown is seen to: overflow and NaN stay visible", "[unit]") {
  const auto potential = surface();
  CHECK_FALSE(std::isfinite(at(*potential, {60, 60}).value));
  CHECK_FALSE(std::isfinite(at(*potential, {60, 60}).gradient[0]));
  CHECK(std::isnan(at(*potential, {std::nan(""), 0}).value));
  CHECK(std::isnan(at(*potential, {0, std::nan("")}).gradient[0]));
  CHECK_FALSE(std::isfinite(at(*potential, {INFINITY, 0}).gradient[0]));
}
