// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "stationary_averages.hpp"

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

// The bias at 0.05 is about fifteen times its standard error, so a scheme of another order is told apart.
TEST_CASE("Euler-Maruyama is of first order in the stationary law", "[statistics]") {
  const double exact = testing::WavyWell::exact();
  const auto bias = [&](const std::string& timestep) {
    const auto integrator = testing::make<Integrator>("{type: euler_maruyama, timestep: " + timestep + "}");
    return mean_square(*integrator, testing::WavyWell(), 200).value - exact;
  };
  const double ratio = bias("0.1") / bias("0.05");
  CHECK(ratio > 1.7);
  CHECK(ratio < 2.8);
}
