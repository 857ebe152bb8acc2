// SPDX-License-Identifier: MIT
#include "liftwell/families/bias.hpp"

#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "support/angle.hpp"
#include "support/contracts/surface_laws.hpp"

using namespace liftwell;

TEST_CASE("a biased surface adds the bias and its pull, each walker with its own centre", "[unit]") {
  const auto base = build<Potential>(*configure("potential", "{type: harmonic, centre: [0, 0, 0]}"));
  const auto bias = build<Bias>(*configure(
      "bias",
      "{type: harmonic, on: [{type: linear, weights: [0, 3, 4]}, {type: coordinate, index: 0}], stiffness: 10}"));
  BlockBuffer x(3, 16), centres(2, 16), energy(1, 16), gradient(3, 16);
  for (Index lane = 0; lane < 16; ++lane) {
    x.block()(0, lane) = 1;
    x.block()(1, lane) = 1;
    x.block()(2, lane) = -1;  // the variables are -1 and 1
    centres.block()(0, lane) = static_cast<double>(lane);
    centres.block()(1, lane) = 1;
  }
  const BiasedSurface surface(*base, *bias, centres.block());
  CHECK(surface.dimension() == 3);
  surface.evaluate(x.block(), energy.block().data(), gradient.block());
  for (Index lane = 0; lane < 16; ++lane) {
    const double away = -1 - static_cast<double>(lane);
    CHECK(energy.block()(0, lane) == Approx(1.5 + 5 * away * away));
    CHECK(gradient.block()(0, lane) == Approx(1));
    CHECK(gradient.block()(1, lane) == Approx(1 + 30 * away));
    CHECK(gradient.block()(2, lane) == Approx(-1 + 40 * away));
  }
}

TEST_CASE("a biased surface's gradient is the derivative of its energy on a curved variable", "[unit]") {
  const auto base = build<Potential>(*configure("potential", "{type: harmonic, centre: [0, 0, 0]}"));
  const auto bias = build<Bias>(
      *configure("bias", "{type: harmonic, on: {type: polar_angle}, stiffness: 5}", testing::registry_with_angle()));
  // Away from the origin, where the angle has no gradient.
  BlockBuffer x(3, 8), centres(1, 8), gradient(3, 8), unused(3, 8), difference(1, 8);
  x.block().flat() = 0.4 * contracts::random_states(3, 8, "curved").block().flat() + 2;
  centres.block().flat().setConstant(-3);
  const BiasedSurface surface(*base, *bias, centres.block());
  surface.evaluate(x.block(), nullptr, gradient.block());
  for (Index d = 0; d < 3; ++d) {
    contracts::central_difference(
        x.block(), d, 1e-3, [&](ConstBlock moved, double* out) { surface.evaluate(moved, out, unused.block()); },
        difference.block().row(0));
    CHECK((difference.block().row(0) - gradient.block().row(d)).abs().maxCoeff() < 1e-7);
  }
}
