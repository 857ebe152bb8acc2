// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "stationary_averages.hpp"
#include "weak_order.hpp"

using namespace liftwell;
using testing::mean_square;

TEST_CASE("one Euler-Maruyama step is drift plus noise", "[unit]") {
  const auto integrator = testing::make<Integrator>("{type: euler_maruyama, timestep: 0.01, mobility: 2}");
  contracts::OwnedTile walkers(3, 8, false, 16);
  BlockBuffer before(3, 8), noise(3, 8);
  before.block().flat() = walkers.position.block().flat();
  const RandomStream stream = RandomStream::named(1, {"one step"});
  fill_normals(stream, 16, 3 * 5, 3, 8, noise.block().data(), 8);
  integrator->advance(walkers.tile, contracts::UnitWell(3), 0.5, stream, 5, 1);
  const Eigen::ArrayXd expected =
      before.block().flat() * (1 - 0.02) + std::sqrt(2 * 0.5 * 2 * 0.01) * noise.block().flat();
  CHECK((walkers.position.block().flat() - expected).abs().maxCoeff() < 1e-15);
}

// Significance 4 sigma (6e-5). Seen to fail with the factor 2 left out of the noise.
TEST_CASE("Euler-Maruyama widens a harmonic well by exactly 1 / (1 - k M dt / 2)", "[statistics]") {
  const auto integrator = testing::make<Integrator>("{type: euler_maruyama, timestep: 0.3}");
  const auto average = mean_square(*integrator, contracts::UnitWell(4), 60);
  // Samples 1.5 relaxation times apart: squares are correlated by exp(-3), so 1.05 times the plain error.
  CHECK(std::abs(average.value - 1 / (1 - 0.15)) < 4 * 1.06 * average.standard_error);
}

// The law of the scheme itself is known to 1e-8, so each average must be right within 4 standard errors (6e-5) of
// 0.0006; the slope's error is 0.02. Seen to fail with Leimkuhler-Matthews in its place (slope 2.2).
TEST_CASE("Euler-Maruyama is of first order in the stationary law: the slope of its bias", "[statistics]") {
  const auto at = [](const std::string& timestep) {
    return testing::simulated_mean(*testing::make<Integrator>("{type: euler_maruyama, timestep: " + timestep + "}"),
                                   80);
  };
  const auto whole = at("0.1"), half = at("0.05");
  const double expected_whole = testing::euler_maruyama_mean(0.1), expected_half = testing::euler_maruyama_mean(0.05);
  CHECK(std::abs(whole.value - expected_whole) < 4 * whole.standard_error);
  CHECK(std::abs(half.value - expected_half) < 4 * half.standard_error);
  CHECK(testing::order({expected_whole, 0}, {expected_half, 0}).value == Approx(0.95).margin(0.01));
  const auto order = testing::order(whole, half);
  INFO("slope " << order.value << " with standard error " << order.standard_error);
  CHECK(order.standard_error < 0.05);
  CHECK(std::abs(order.value - 1) < 0.2);
}
