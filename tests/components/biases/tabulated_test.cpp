// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "support/angle.hpp"
#include "support/contracts/bias_laws.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;

TEST_CASE("a tabulated bias goes through its values, whatever the centre", "[unit]") {
  const auto bias = testing::make<Bias>(
      "{type: tabulated, on: {type: coordinate, index: 0}, low: 0, high: 5, bins: 5, values: [1, 4, 2, 0, 3]}");
  BlockBuffer xi(1, 8), centre(1, 8), energy(1, 8), derivative(1, 8);
  for (Index lane = 0; lane < 8; ++lane) {
    xi.block()(0, lane) = static_cast<double>(lane) + 0.5;
    centre.block()(0, lane) = static_cast<double>(lane * lane);
  }
  bias->evaluate(xi.block(), centre.block(), energy.block().data(), derivative.block());
  const double expected[] = {1, 4, 2, 0, 3, 3, 3, 3};
  for (Index lane = 0; lane < 8; ++lane) CHECK(energy.block()(0, lane) == Approx(expected[lane]).margin(1e-12));
  CHECK_FALSE(bias->centred());
  CHECK(std::isinf(bias->sigma(1)(0)));
}

TEST_CASE("a tabulated bias on two variables, one of them an angle, obeys the laws of its family", "[unit]") {
  std::string values = "0";
  for (int i = 1; i < 32; ++i) values += ", " + std::to_string(std::sin(i * i));
  const auto bias =
      build<Bias>(*configure("bias",
                             "{type: tabulated, on: [{type: polar_angle}, {type: coordinate, index: 0}], low: "
                             "[-3.141592653589793, -2], high: [3.141592653589793, 2], bins: [8, 4], "
                             "values: [" +
                                 values + "]}",
                             testing::registry_with_angle()));
  CHECK(contracts::bias_laws(*bias) == contracts::BrokenLaws{});
}

TEST_CASE("a tabulated bias refuses tables that do not fit", "[unit]") {
  CHECK_THROWS_WITH(
      testing::make<Bias>(
          "{type: tabulated, on: {type: coordinate, index: 0}, low: 0, high: 1, bins: 4, values: [1, 2]}"),
      Catch::Contains("must be one for each cell of the grid"));
  CHECK_THROWS_WITH(
      testing::make<Bias>(
          "{type: tabulated, on: {type: coordinate, index: 0}, low: 1, high: 0, bins: 4, values: [1, 2, 3, 4]}"),
      Catch::Contains("not above its low"));
}
