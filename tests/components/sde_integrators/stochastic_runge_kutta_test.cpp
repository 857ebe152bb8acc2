// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/families/sde_integrator.hpp"
#include "support/contracts/dynamics_laws.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;

namespace {

struct Estimate {
  double value, standard_error;
};

/// E[observable(X_1)] from `tiles` tiles of 256 walkers that start at `start`.
template <class Observable>
Estimate average(const std::string& integrator_type, double timestep, const Dynamics& dynamics,
                 const std::vector<double>& start, Index tiles, Observable observable) {
  constexpr Index lanes = 256;
  const auto integrator =
      testing::make<SdeIntegrator>("{type: " + integrator_type + ", timestep: " + std::to_string(timestep) + "}");
  double sum = 0, square = 0;
  for (Index tile = 0; tile < tiles; ++tile) {
    contracts::OwnedTile walkers(dynamics.dimension(), lanes, false, static_cast<std::uint32_t>(tile * lanes));
    for (Index d = 0; d < dynamics.dimension(); ++d)
      walkers.position.block().row(d).setConstant(start[static_cast<std::size_t>(d)]);
    integrator->advance(walkers.tile, dynamics, RandomStream::named(2023, {"weak order"}), 0,
                        static_cast<std::int64_t>(std::round(1 / timestep)));
    const Eigen::ArrayXd values = observable(walkers.position.block());
    sum += values.sum();
    square += values.square().sum();
  }
  const double n = static_cast<double>(lanes * tiles), mean = sum / n;
  return {mean, std::sqrt((square / n - mean * mean) / n)};
}

/// Fitted order between two time steps, and its standard error.
Estimate order(Estimate whole, Estimate half, double exact) {
  const double large = whole.value - exact, small = half.value - exact;
  return {std::log2(large / small),
          std::hypot(whole.standard_error / large, half.standard_error / small) / std::log(2.0)};
}

void check_order(const std::string& integrator, double expected, const Dynamics& dynamics,
                 const std::vector<double>& start, double timestep, Index tiles, double exact, auto observable) {
  const Estimate whole = average(integrator, timestep, dynamics, start, tiles, observable);
  const Estimate half = average(integrator, timestep / 2, dynamics, start, tiles, observable);
  const Estimate slope = order(whole, half, exact);
  INFO(integrator << ": " << whole.value << ", " << half.value << ", exact " << exact << "; slope " << slope.value
                  << " with standard error " << slope.standard_error);
  CHECK(slope.standard_error < 0.25);
  CHECK(std::abs(slope.value - expected) < 0.6);
}

const auto first_squared = [](Block x) -> Eigen::ArrayXd { return x.row(0).square(); };

}  // namespace

TEST_CASE("with additive noise the scheme is Heun's", "[unit]") {
  const auto dynamics =
      testing::make<Dynamics>("{type: expression, coordinates: [x], drift: [-x^3], diffusion: [0.5]}");
  CHECK(dynamics->noise().kind == NoiseShape::Kind::additive);
  contracts::OwnedTile walkers(1, 8, false);
  BlockBuffer noise(1, 8);
  fill_normals({1, 0}, 0, 0, 1, 8, noise.block().data(), 8);
  const Eigen::ArrayXd x = walkers.position.block().flat(), kick = 0.5 * std::sqrt(0.1) * noise.block().flat();
  const Eigen::ArrayXd ahead = x - 0.1 * x.cube() + kick;
  const auto integrator = testing::make<SdeIntegrator>("{type: stochastic_runge_kutta, timestep: 0.1}");
  CHECK(integrator->advance(walkers.tile, *dynamics, {1, 0}, 0, 1) == 2);
  CHECK((walkers.position.block().flat() - (x - 0.05 * (x.cube() + ahead.cube()) + kick)).abs().maxCoeff() < 1e-14);
}

// dX = −X dt + b X dW, b = 1/2, has E[X²] = exp((b² − 2) t). One step multiplies X by
// 1 − h + h²/2 + b (1 − h) ΔW + b² (ΔW² − h)/2, which gives the law of the scheme itself, and so its order without
// noise; each simulated average must be right within 4 standard errors (6e-5) of 0.0003. Seen to fail without the
// term in ΔW² − Δ.
TEST_CASE("weak order 2 with diagonal noise, where Euler-Maruyama has 1", "[statistics]") {
  const auto dynamics = testing::make<Dynamics>("{type: expression, coordinates: [x], drift: [-x], diffusion: [x/2]}");
  CHECK(dynamics->noise().kind == NoiseShape::Kind::diagonal);
  const double exact = std::exp(-1.75);
  const auto scheme = [](double h) {
    const double factor = std::pow(1 - h + h * h / 2, 2) + 0.25 * (1 - h) * (1 - h) * h + h * h / 32;
    return std::pow(factor, 1 / h);
  };
  for (const double timestep : {0.5, 0.25}) {
    const Estimate simulated = average("stochastic_runge_kutta", timestep, *dynamics, {1}, 2000, first_squared);
    INFO(simulated.value << " with standard error " << simulated.standard_error << ", expected " << scheme(timestep));
    CHECK(simulated.standard_error < 0.0005);
    CHECK(std::abs(simulated.value - scheme(timestep)) < 4 * simulated.standard_error);
  }
  CHECK(order({scheme(0.05), 0}, {scheme(0.025), 0}, exact).value == Approx(2).margin(0.1));
  check_order("euler_maruyama", 1, *dynamics, {1}, 0.25, 2000, exact, first_squared);
}

// Heun with an additive noise: dX = −X dt + √2 dW from 0 has E[X²] = 1 − exp(−2t).
TEST_CASE("weak order 2 with additive noise", "[statistics]") {
  const contracts::UnitRelaxation dynamics(1, NoiseShape::Kind::additive);
  check_order("stochastic_runge_kutta", 2, dynamics, {0}, 0.5, 4000, 1 - std::exp(-2.0), first_squared);
}

// The half-moon as observed, whose noise is a matrix: y1 = x1 + x2² with independent x1 = s t + W and x2 of variance
// v = (1 − exp(−2t/ε))/2, so E[y1²] = s²t² + t + 2 s t v + 3 v².
TEST_CASE("weak order 2 with general noise", "[statistics]") {
  const auto dynamics = testing::make<Dynamics>("{type: half_moon, epsilon: 1, speed: 1, observed: true}");
  CHECK(dynamics->noise().kind == NoiseShape::Kind::general);
  const double v = (1 - std::exp(-2.0)) / 2, exact = 1 + 1 + 2 * v + 3 * v * v;
  check_order("euler_maruyama", 1, *dynamics, {0, 0}, 0.25, 2000, exact, first_squared);
  check_order("stochastic_runge_kutta", 2, *dynamics, {0, 0}, 0.5, 8000, exact, first_squared);
}

// dX = −X dt + Y dW, dY = −Y dt + dV has E[X²] = (1 − exp(−2t))/4 − t exp(−2t)/2. These columns do not commute, and
// without the mixed terms the order is 1: seen to fail then.
TEST_CASE("weak order 2 with noise that does not commute", "[statistics]") {
  const auto dynamics =
      testing::make<Dynamics>("{type: expression, coordinates: [x, y], drift: [-x, -y], diffusion: [y, 1]}");
  CHECK(dynamics->noise().kind == NoiseShape::Kind::general);
  const double exact = (1 - std::exp(-2.0)) / 4 - std::exp(-2.0) / 2;
  check_order("stochastic_runge_kutta", 2, *dynamics, {0, 0}, 0.25, 8000, exact, first_squared);
}
