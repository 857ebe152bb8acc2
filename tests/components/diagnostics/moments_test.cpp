// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/diagnostic.hpp"

namespace liftwell {
namespace {

/// {type: moments} of draws x = 0.3, y_k = sin 0.3 + shift sd + stretch sd n of a law whose sd is √(ε kT).
Findings found(double shift, double stretch) {
  const auto system =
      build<System>(*configure("system",
                               "{potential: {type: fast_slow_double_well, dimension: 4, epsilon: 0.01, shape: sine}, "
                               "temperature: 1, integrator: {type: leimkuhler_matthews, timestep: 1e-4}}"));
  const CoarseMap coarse({Component<CoarseVariable>(configure("coarse_variable", "{type: coordinate, index: 0}"))});
  const auto check = build<ConsistencyCheck>(
      *configure("diagnostic", "{type: moments, reference: {type: laplace}, exact_states: 100000}"));
  constexpr Index count = 20000;
  Draws draws{.coarse = coarse.names(), .targets = Matrix::Constant(1, 1, 0.3), .target = {}, .states = {}};
  draws.target.assign(count, 0);
  draws.states.resize(count, 4);
  RandomSequence random(RandomStream::named(2, {"draws"}), 0);
  for (Index i = 0; i < count; ++i) {
    draws.states(i, 0) = 0.3F;
    for (Index k = 1; k < 4; ++k)
      draws.states(i, k) = static_cast<float>(std::sin(0.3) + 0.1 * (shift + stretch * random.normal()));
  }
  const Executor executor(1);
  return check->evaluate({.data = {},
                          .draws = &draws,
                          .system = system.get(),
                          .coarse = &coarse,
                          .stream = RandomStream::named(3, {"moments"}),
                          .executor = executor});
}

}  // namespace

// 20,000 draws and 100,000 exact states: a mean has a standard error of 0.0077, a variance of 0.011.
TEST_CASE("moments tell how far mean and variance are off, in conditional standard deviations", "[statistics]") {
  const Findings right = found(0, 1);
  CHECK(right.values.at("moments.largest_mean") < 4 * 0.0077);
  CHECK(right.values.at("moments.largest_variance") < 4 * 0.011);
  CHECK(right.targets.size() == 1);
  const Findings shifted = found(0.1, 1);
  CHECK(shifted.values.at("moments.largest_mean") == Approx(0.1).margin(4 * 0.0077));
  const Findings wide = found(0, 1.1);
  CHECK(wide.values.at("moments.largest_variance") == Approx(0.21).margin(4 * 0.013));
}

}  // namespace liftwell
