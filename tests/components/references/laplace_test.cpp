// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/families/reference.hpp"

namespace liftwell {
namespace {

CoarseMap map_of(const std::string& yaml) {
  return CoarseMap({Component<CoarseVariable>(configure("coarse_variable", yaml))});
}

}  // namespace

// Given x the fast coordinates are N(sin x, ε kT). 20,000 draws: four standard errors of mean and variance.
// Seen to fail with kT left out of the covariance.
TEST_CASE("laplace draws the exact conditional law of the fast/slow double well", "[statistics]") {
  const auto potential = build<Potential>(
      *configure("potential", "{type: fast_slow_double_well, dimension: 5, epsilon: 0.02, shape: sine}"));
  const auto reference = build<Reference>(*configure("reference", "{type: laplace}"));
  const CoarseMap x = map_of("{type: coordinate, index: 0}");
  CHECK(reference->misfit(*potential, x).empty());
  const Matrix states = reference->conditional(*potential, x, 0.7, Vector::Constant(1, 0.4), nullptr, 20000,
                                               RandomStream::named(1, {"laplace"}));
  CHECK((states.col(0).array() - 0.4).abs().maxCoeff() < 1e-9);
  for (Index k = 1; k < 5; ++k) {
    const Eigen::ArrayXd y = states.col(k).array();
    const double variance = 0.02 * 0.7;
    CHECK(y.mean() == Approx(std::sin(0.4)).margin(4 * std::sqrt(variance / 20000)));
    CHECK((y - y.mean()).square().mean() == Approx(variance).epsilon(4 * std::sqrt(2.0 / 20000)));
  }
}

TEST_CASE("laplace refuses laws that are not normal", "[unit]") {
  const auto potential = build<Potential>(*configure("potential", "{type: muller_brown}"));
  const auto reference = build<Reference>(*configure("reference", "{type: laplace}"));
  const CoarseMap x = map_of("{type: coordinate, index: 0}");
  CHECK_THROWS_AS(reference->conditional(*potential, x, 15, Vector::Constant(1, -0.2), nullptr, 10,
                                         RandomStream::named(1, {"laplace"})),
                  InputError);
}

}  // namespace liftwell
