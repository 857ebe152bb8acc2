// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "support/angle.hpp"
#include "support/contracts/adaptive_bias_laws.hpp"

using namespace liftwell;

namespace {

std::unique_ptr<AdaptiveBias> make(const std::string& yaml) {
  return build<AdaptiveBias>(*configure("adaptive_bias", yaml, testing::registry_with_angle()));
}

}  // namespace

TEST_CASE("OPES never pushes beyond the barrier", "[unit]") {
  const auto bias =
      make("{type: opes, on: {type: coordinate, index: 0}, low: -2, high: 2, bins: 40, width: 0.2, barrier: 7}");
  LearningState state = bias->begin();
  CHECK(bias->energies(state, 1)[0] == Approx(-7));
  for (int i = 0; i < 50; ++i) bias->deposit(Matrix{{0.05}, {0.15}}, 1, state);
  const Vector energies = bias->energies(state, 1);
  CHECK(energies.minCoeff() == Approx(-7));  // nothing but ε left, far from all kernels
  // P = Z where walkers are, up to how the two cells share it.
  CHECK(std::abs(energies[20]) < 0.1);
  CHECK_THAT(bias->misfit(8), Catch::Contains("nothing to overcome"));
}

// What is deposited is weighted by exp(V/kT), so draws from exp(−(F + V)/kT) must give back F whatever V was. Draws
// come from a table, the bias changes all the time. 200 rounds of 200 walkers, F = 2 x²: within ten kernels' smoothing.
TEST_CASE("OPES gives back the free energy of draws made under its own bias", "[statistics]") {
  const auto bias =
      make("{type: opes, on: {type: coordinate, index: 0}, low: -3, high: 3, bins: 120, width: 0.15, barrier: 12}");
  const double kT = 1;
  const auto exact = [](double x) { return 2 * x * x; };
  const Matrix centres = bias->grid().centres();
  LearningState state = bias->begin();
  RandomSequence random(RandomStream::named(4, {"opes"}), 0);
  for (int round = 0; round < 200; ++round) {
    const Vector energies = bias->energies(state, kT);
    Vector cumulative(120);
    double sum = 0;
    for (Index i = 0; i < 120; ++i) cumulative[i] = sum += std::exp(-(exact(centres(i, 0)) + energies[i]) / kT);
    Matrix xi(200, 1);
    for (Index w = 0; w < 200; ++w) {
      const double at = random.uniform() * sum;
      const auto cell = std::lower_bound(cumulative.begin(), cumulative.end(), at) - cumulative.begin();
      xi(w, 0) = centres(cell, 0) + 0.05 * (random.uniform() - 0.5);
    }
    bias->deposit(xi, kT, state);
  }
  const Vector F = bias->free_energy(state, kT);
  for (Index i = 20; i < 100; ++i) {  // |x| < 2, up to 8 kT
    CAPTURE(centres(i, 0));
    CHECK(F[i] - F[60] == Approx(exact(centres(i, 0))).margin(0.25));
  }
}

TEST_CASE("OPES goes around a circle and fills two variables", "[unit]") {
  const auto bias = make(
      "{type: opes, on: [{type: coordinate, index: 0}, {type: polar_angle}], low: [-1, -3.141592653589793], high: [1, "
      "3.141592653589793], bins: [20, 24], width: [0.1, 0.3], barrier: 6}");
  CHECK(contracts::adaptive_bias_laws(*bias, 1.0) == contracts::BrokenLaws{});
}
