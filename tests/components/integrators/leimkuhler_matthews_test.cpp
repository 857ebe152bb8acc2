// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "stationary_averages.hpp"

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

// The first-order term must be absent: at this step Euler-Maruyama is off by 0.20, a second-order scheme by a
// few thousandths (standard error 0.0014). Euler-Maruyama in its place would fail.
TEST_CASE("Leimkuhler-Matthews has no first-order bias in an anharmonic well", "[statistics]") {
  const auto integrator = testing::make<Integrator>("{type: leimkuhler_matthews, timestep: 0.4}");
  const auto average = mean_square(*integrator, testing::WavyWell(), 60);
  CHECK(std::abs(average.value - testing::WavyWell::exact()) < 0.01);
}
