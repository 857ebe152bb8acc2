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

TEST_CASE("Gaussians of metadynamics get lower where there is bias already", "[unit]") {
  const auto bias = make(
      "{type: metadynamics, on: {type: coordinate, index: 0}, low: -2, high: 2, bins: 40, width: 0.2, height: 3, "
      "bias_factor: 5}");
  const double kT = 0.5;
  LearningState state = bias->begin();
  Matrix here = Matrix::Constant(1, 1, 0.05);  // a cell centre
  bias->deposit(here, kT, state);
  const Vector first = bias->energies(state, kT);
  const Matrix centres = bias->grid().centres();
  for (Index i = 0; i < 40; ++i) {
    const double away = (centres(i, 0) - 0.05) / 0.2;
    CHECK(first[i] == Approx(std::abs(away) < 8 ? 3 * std::exp(-away * away / 2) : 0).margin(1e-12));
  }
  bias->deposit(here, kT, state);
  CHECK(bias->energies(state, kT)[20] == Approx(3 + 3 * std::exp(-3 / (4 * kT))));
  CHECK(bias->free_energy(state, kT)[20] == Approx(-1.25 * bias->energies(state, kT)[20]));
  CHECK(std::isnan(bias->free_energy(state, kT)[19]));  // no walker was there

  // Two walkers at once: the second sees what the first left.
  LearningState both = bias->begin();
  bias->deposit(Matrix::Constant(2, 1, 0.05), kT, both);
  CHECK(both.fields == state.fields);
}

TEST_CASE("Metadynamics goes around a circle", "[unit]") {
  const auto bias = make(
      "{type: metadynamics, on: {type: polar_angle}, low: -3.141592653589793, high: 3.141592653589793, bins: 36, "
      "width: "
      "0.4, height: 1}");
  CHECK(contracts::adaptive_bias_laws(*bias, 1.0) == contracts::BrokenLaws{});
  LearningState state = bias->begin();
  bias->deposit(Matrix::Constant(1, 1, 3.141592653589793), 1, state);
  const Vector energies = bias->energies(state, 1);
  for (Index i = 0; i < 18; ++i) CHECK(energies[i] == Approx(energies[35 - i]));
  CHECK(energies[0] > 0.95);
}

TEST_CASE("Metadynamics on two variables fills both", "[unit]") {
  const auto bias = make(
      "{type: metadynamics, on: [{type: coordinate, index: 0}, {type: polar_angle}], low: [-1, -3.141592653589793], "
      "high: "
      "[1, 3.141592653589793], bins: [20, 24], width: [0.1, 0.3], height: 2}");
  CHECK(contracts::adaptive_bias_laws(*bias, 1.0) == contracts::BrokenLaws{});
  LearningState state = bias->begin();
  bias->deposit(Matrix{{0.25, 1.0}}, 1, state);
  const Matrix centres = bias->grid().centres();
  const Vector energies = bias->energies(state, 1);
  for (Index i = 0; i < energies.size(); ++i) {
    const double a = (centres(i, 0) - 0.25) / 0.1, b = (centres(i, 1) - 1.0) / 0.3;
    if (std::abs(a) < 5.5 && std::abs(b) < 5.5) CHECK(energies[i] == Approx(2 * std::exp(-(a * a + b * b) / 2)));
  }
}

TEST_CASE("Metadynamics refuses Gaussians that its grid cannot show", "[unit]") {
  CHECK_THROWS_WITH(
      make("{type: metadynamics, on: {type: coordinate, index: 0}, low: 0, high: 1, bins: 10, width: 0.05, height: 1}"),
      Catch::Contains("is below the width of a cell"));
  CHECK_THROWS_WITH(
      make("{type: metadynamics, on: {type: coordinate, index: 0}, low: 0, high: 5, bins: 50, width: 100, height: 1}"),
      Catch::Contains("is above the span of the grid"));
  CHECK_THROWS_WITH(
      make("{type: metadynamics, on: {type: polar_angle}, low: 0, high: 6, bins: 60, width: 0.5, height: 1}"),
      Catch::Contains("must go once around its period"));
}
