// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "stationary_averages.hpp"
#include "weak_order.hpp"

using namespace liftwell;
using testing::mean_square;

TEST_CASE("one Leimkuhler-Matthews step averages the noise of two steps", "[unit]") {
  const auto integrator = testing::make<Integrator>("{type: leimkuhler_matthews, timestep: 0.01, mobility: 2}");
  contracts::OwnedTile walkers(3, 8, false, 16);
  BlockBuffer before(3, 8), now(3, 8), next(3, 8);
  before.block().flat() = walkers.position.block().flat();
  const RandomStream stream = RandomStream::named(1, {"one step"});
  fill_normals(stream, 16, 3 * 5, 3, 8, now.block().data(), 8);
  fill_normals(stream, 16, 3 * 6, 3, 8, next.block().data(), 8);
  integrator->advance(walkers.tile, contracts::UnitWell(3), 0.5, stream, 5, 1);
  const Eigen::ArrayXd expected = before.block().flat() * (1 - 0.02) +
                                  std::sqrt(2 * 0.5 * 2 * 0.01) * 0.5 * (now.block().flat() + next.block().flat());
  CHECK((walkers.position.block().flat() - expected).abs().maxCoeff() < 1e-15);
}

// Significance 4 sigma (6e-5). Seen to fail with fresh noise in place of R_n (variance 0.5 and less).
TEST_CASE("Leimkuhler-Matthews is exact in a harmonic well even at a large step", "[statistics]") {
  const auto integrator = testing::make<Integrator>("{type: leimkuhler_matthews, timestep: 0.5}");
  const auto average = mean_square(*integrator, contracts::UnitWell(4), 60);
  CHECK(std::abs(average.value - 1) < 4 * 1.1 * average.standard_error);
}

// The law of the scheme itself is known to 1e-8, so each average must be right within 4 standard errors (6e-5) of
// 0.0004; the slope is 2.13 by that law, and its error here is 0.09. Seen to fail with the noise of one step instead of
// two, which is Euler-Maruyama (slope 0.80).
TEST_CASE("Leimkuhler-Matthews is of second order in the stationary law: the slope of its bias", "[statistics]") {
  const auto at = [](const std::string& timestep) {
    const auto integrator = testing::make<Integrator>("{type: leimkuhler_matthews, timestep: " + timestep + "}");
    return testing::simulated_mean(*integrator, 240);
  };
  const auto whole = at("0.2"), half = at("0.1");
  const double expected_whole = testing::leimkuhler_matthews_mean(0.2);
  const double expected_half = testing::leimkuhler_matthews_mean(0.1);
  CHECK(std::abs(whole.value - expected_whole) < 4 * whole.standard_error);
  CHECK(std::abs(half.value - expected_half) < 4 * half.standard_error);
  CHECK(testing::order({expected_whole, 0}, {expected_half, 0}).value == Approx(2.13).margin(0.01));
  const auto order = testing::order(whole, half);
  INFO("slope " << order.value << " with standard error " << order.standard_error);
  CHECK(order.standard_error < 0.2);
  CHECK(std::abs(order.value - 2) < 0.5);
}
