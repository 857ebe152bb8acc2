// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "stationary_averages.hpp"
#include "weak_order.hpp"

using namespace liftwell;

namespace {

/// What ou_splitting makes of ⟨cos 3x⟩ with stiffness 1 and mobility 1, up to 1e-8: as leimkuhler_matthews_mean,
/// with z' = e z + f (w − V'(w)) + g R, w = z + q R, whose slope in R is g + f q (1 − V'').
double exact_mean(double timestep) {
  const double e = std::exp(-timestep), f = 1 - e, q = std::sqrt(1 - std::exp(-timestep / 2));
  const double g = std::sqrt((1 - e * e) * std::exp(-timestep / 2));
  using testing::GridDensity;
  using testing::RippledWell;
  Eigen::MatrixXd kernel(GridDensity::points, GridDensity::points), blur(GridDensity::points, GridDensity::points);
  for (Index from = 0; from < GridDensity::points; ++from) {
    const double z = GridDensity::x(from);
    for (Index to = 0; to < GridDensity::points; ++to) {
      double r = (GridDensity::x(to) - e * z) / g, step = 1, slope = g;
      for (int i = 0; i < 50 && std::abs(step) > 1e-14; ++i) {
        const double w = z + q * r;
        slope = g + f * q * (1 - RippledWell::curvature(w));
        step = (e * z + f * (w - RippledWell::slope(w)) + g * r - GridDensity::x(to)) / slope;
        r -= step;
      }
      kernel(to, from) = testing::gauss(r) / slope;
      blur(to, from) = testing::gauss((GridDensity::x(to) - z) / q);
    }
  }
  return GridDensity(blur * GridDensity::stationary(kernel)).mean();
}

std::unique_ptr<Integrator> integrator(const std::string& timestep, const std::string& stiffness) {
  return testing::make<Integrator>("{type: ou_splitting, timestep: " + timestep + ", stiffness: " + stiffness + "}");
}

}  // namespace

TEST_CASE("ou_splitting without stiffness is Leimkuhler-Matthews", "[unit]") {
  contracts::OwnedTile ours(4, 8, false), theirs(4, 8, false);
  integrator("0.1", "[0, 0, 0, 0]")->advance(ours.tile, testing::RippledWell(), 0.7, {1, 0}, 3, 20);
  testing::make<Integrator>("{type: leimkuhler_matthews, timestep: 0.1}")
      ->advance(theirs.tile, testing::RippledWell(), 0.7, {1, 0}, 3, 20);
  CHECK((ours.position.block().flat() - theirs.position.block().flat()).abs().maxCoeff() < 1e-12);
}

TEST_CASE("ou_splitting takes a matrix as it takes its diagonal, and says what does not fit", "[unit]") {
  contracts::OwnedTile numbers(2, 8, false), matrix(2, 8, false);
  integrator("0.1", "[3, 5]")->advance(numbers.tile, contracts::UnitWell(2), 0.7, {1, 0}, 3, 20);
  integrator("0.1", "[[3, 0], [0, 5]]")->advance(matrix.tile, contracts::UnitWell(2), 0.7, {1, 0}, 3, 20);
  CHECK((numbers.position.block().flat() - matrix.position.block().flat()).abs().maxCoeff() < 1e-13);
  CHECK(integrator("0.1", "[3, 5]")->misfit(2).empty());
  CHECK(integrator("0.1", "[3, 5]")->misfit(3) == "has a stiffness for 2 coordinates, but the system has 3");
  CHECK(integrator("0.1", "3")->misfit(7).empty());
  CHECK_THROWS_WITH(integrator("0.1", "[[1, 2], [2, 1]]"), Catch::Contains("no negative eigenvalue"));
  CHECK_THROWS_WITH(integrator("0.1", "[[1, 2], [0, 1]]"), Catch::Contains("must be symmetric"));
}

// The covariance of exp(−xᵀKx/2kT) is kT K⁻¹ = [[5, -3], [-3, 10]] 2/410 at kT = 2, whatever λΔt, here 24 and 1.
// Significance 4 sigma (6e-5). Seen to fail with the variance of a whole step in Q in place of half a step's.
TEST_CASE("ou_splitting gives a coupled stiff well its exact covariance at any time step", "[statistics]") {
  const auto well = testing::make<Potential>(
      "{type: expression, coordinates: [x, y], energy: \"(100*(x - 3)^2 + 60*(x - 3)*(y + 1) + 50*(y + 1)^2)/2\"}");
  const auto stiff = integrator("0.2", "[[100, 30], [30, 50]]");
  constexpr Index lanes = 4096;
  constexpr int samples = 40;
  contracts::OwnedTile walkers(2, lanes, false);
  Eigen::Array3d sum = Eigen::Array3d::Zero();
  for (int sample = -2; sample < samples; ++sample) {
    stiff->advance(walkers.tile, *well, 2, RandomStream::named(2023, {"stiff"}), static_cast<std::uint64_t>(sample + 2),
                   1);
    if (sample < 0) continue;
    const Eigen::ArrayXd x = walkers.position.block().row(0) - 3, y = walkers.position.block().row(1) + 1;
    sum += Eigen::Array3d(x.square().mean(), (x * y).mean(), y.square().mean()) / samples;
  }
  const double n = lanes * samples, xx = 2 * 50.0 / 4100, xy = -2 * 30.0 / 4100, yy = 2 * 100.0 / 4100;
  CHECK(std::abs(sum(0) / xx - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(sum(1) - xy) < 4 * std::sqrt((xx * yy + xy * xy) / n));
  CHECK(std::abs(sum(2) / yy - 1) < 4 * std::sqrt(2 / n));
}

// The law of the scheme itself is known to 1e-8, so each average must be right within 4 standard errors (6e-5).
TEST_CASE("ou_splitting is of second order in the stationary law: the slope of its bias", "[statistics]") {
  const auto at = [](const std::string& timestep) { return testing::simulated_mean(*integrator(timestep, "1"), 240); };
  const auto whole = at("0.2"), half = at("0.1");
  const double expected_whole = exact_mean(0.2), expected_half = exact_mean(0.1);
  CHECK(std::abs(whole.value - expected_whole) < 4 * whole.standard_error);
  CHECK(std::abs(half.value - expected_half) < 4 * half.standard_error);
  const double quarter = testing::order({expected_half, 0}, {exact_mean(0.05), 0}).value;
  INFO("slopes of the exact law " << testing::order({expected_whole, 0}, {expected_half, 0}).value << ", " << quarter);
  CHECK(std::abs(quarter - 2) < 0.15);
  const auto order = testing::order(whole, half);
  INFO("slope " << order.value << " with standard error " << order.standard_error);
  CHECK(order.standard_error < 0.25);
  CHECK(std::abs(order.value - 2) < 0.6);
}
