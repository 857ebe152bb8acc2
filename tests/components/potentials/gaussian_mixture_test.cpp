// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "support/evaluated.hpp"

using namespace liftwell;
using testing::at;

namespace {
double density(double x, double mean, double sigma) {
  return std::exp(-0.5 * (x - mean) * (x - mean) / (sigma * sigma)) / (sigma * std::sqrt(2 * std::numbers::pi));
}
}  // namespace

TEST_CASE("a Gaussian mixture's Boltzmann factor is its normalised density", "[unit]") {
  const auto potential = testing::make<Potential>(
      "{type: gaussian_mixture, weights: [1, 3], means: [[-1, 0], [1, 0.5]], sigmas: [0.4, [0.6, 0.5]], "
      "temperature: 2.5}");
  REQUIRE(potential->dimension() == 2);
  double total = 0;
  constexpr double step = 0.05;
  for (double x = -5; x <= 5; x += step)
    for (double y = -5; y <= 5; y += step) {
      const double expected =
          0.25 * density(x, -1, 0.4) * density(y, 0, 0.4) + 0.75 * density(x, 1, 0.6) * density(y, 0.5, 0.5);
      const double given = std::exp(-at(*potential, {x, y}).value / 2.5);
      REQUIRE(given == Approx(expected).epsilon(1e-12).margin(1e-300));
      total += given * step * step;
    }
  CHECK(total == Approx(1).epsilon(1e-9));
}

TEST_CASE("a Gaussian mixture stays exact far from every component", "[unit]") {
  // 2 * 100^2 / 2 sigma^2: the plain sum of exponentials would underflow to -ln 0.
  const auto potential = testing::make<Potential>("{type: gaussian_mixture, weights: 1, means: [[0, 0]], sigmas: 0.5}");
  const auto far = at(*potential, {100, 100});
  CHECK(far.value == Approx(2 * 10000 / (2 * 0.25) + std::log(2 * std::numbers::pi * 0.25)));
  CHECK(far.gradient[0] == Approx(400));
}

TEST_CASE("a Gaussian mixture names what does not fit together", "[unit]") {
  const auto problem = [](const std::string& rest) {
    try {
      (void)configure("potential", "{type: gaussian_mixture, " + rest + "}");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(problem("weights: [1, 1], means: [[0, 0]], sigmas: 1"), Catch::Contains("one point for each weight"));
  CHECK_THAT(problem("weights: [1, 1], means: [[0, 0], [1]], sigmas: 1"), Catch::Contains("points of one dimension"));
  CHECK_THAT(problem("weights: [1, 1], means: [[0, 0], [1, 1]], sigmas: [1, 2, 3]"),
             Catch::Contains("one entry for all components or one for each"));
  CHECK_THAT(problem("weights: [1, 1], means: [[0, 0, 0], [1, 1, 1]], sigmas: [[1, 2]]"),
             Catch::Contains("one number or one for each coordinate"));
  CHECK_THAT(problem("weights: [1, 0], means: [0, 1], sigmas: 1"), Catch::Contains("above 0"));
}
