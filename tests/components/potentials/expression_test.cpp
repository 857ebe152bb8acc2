// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "support/contracts/surface_laws.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;
using testing::at;

namespace {

constexpr const char* muller_brown =
    "{type: expression, coordinates: [x, y], parameters: {y1: 0.5}, energy: \"-200*exp(-(x-1)^2 - 10*y^2)"
    " - 100*exp(-x^2 - 10*(y-y1)^2)"
    " - 170*exp(-6.5*(x+0.5)^2 + 11*(x+0.5)*(y-1.5) - 6.5*(y-1.5)^2)"
    " + 15*exp(0.7*(x+1)^2 + 0.6*(x+1)*(y-1) + 0.7*(y-1)^2)\"}";

}  // namespace

TEST_CASE("Müller-Brown as a formula is the compiled surface to rounding", "[unit]") {
  const auto formula = testing::make<Potential>(muller_brown);
  const auto compiled = testing::make<Potential>("{type: muller_brown}");
  constexpr Index lanes = 4096;  // more than are worked off at once
  const BlockBuffer x = contracts::random_states(2, lanes, "formula", 0.7);
  BlockBuffer energy(1, lanes), gradient(2, lanes), expected_energy(1, lanes), expected_gradient(2, lanes);
  formula->evaluate(x.block(), energy.block().data(), gradient.block());
  compiled->evaluate(x.block(), expected_energy.block().data(), expected_gradient.block());
  const auto scale = 1 + expected_energy.block().flat().abs().maxCoeff();
  CHECK((energy.block().flat() - expected_energy.block().flat()).abs().maxCoeff() < 1e-14 * scale);
  CHECK((gradient.block().flat() - expected_gradient.block().flat()).abs().maxCoeff() < 1e-13 * scale);
}

TEST_CASE("a potential stated as a formula obeys the laws of its family whatever the formula", "[unit]") {
  for (const char* energy : {"x^2/2 + y^4 - 3", "0.5*(x - y)^2*(x + y)", "tanh(x) + sinh(y/2)*cosh(x/3)", "atan(x*y)",
                             "log(1 + x^2)*sqrt(2 + y^2)", "cos(3*x)*sin(2*y) - tan(0.2*x)",
                             "asin(0.1*x) + acos(0.1*y)", "max(x, 0)^5*min(y - 1, 0)^5", "abs(x)^3 + (1 + y^2)^-1.3",
                             "exp(-x^2)/(1 + y^2)", "x", "1.5", "(2 + cos(x))^sin(y)"}) {
    INFO(energy);
    const auto potential =
        testing::make<Potential>(std::string("{type: expression, coordinates: [x, y], energy: \"") + energy + "\"}");
    CHECK(potential->dimension() == 2);
    CHECK(contracts::surface_laws(*potential) == contracts::BrokenLaws{});
  }
}
