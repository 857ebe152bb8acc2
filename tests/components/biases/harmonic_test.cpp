// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <numbers>

#include "liftwell/config/workflow.hpp"
#include "support/angle.hpp"
#include "support/contracts/bias_laws.hpp"

using namespace liftwell;

namespace {

std::unique_ptr<Bias> bias(const std::string& yaml) {
  return build<Bias>(*configure("bias", yaml, testing::registry_with_angle()));
}

struct Pull {
  double energy;
  std::vector<double> derivative;
};

Pull pull(const Bias& spring, const std::vector<double>& xi, const std::vector<double>& centre) {
  const auto count = static_cast<Index>(xi.size());
  BlockBuffer values(count, 8), centres(count, 8), energy(1, 8), derivative(count, 8);
  for (Index k = 0; k < count; ++k) {
    values.block().row(k).setConstant(xi[static_cast<std::size_t>(k)]);
    centres.block().row(k).setConstant(centre[static_cast<std::size_t>(k)]);
  }
  spring.evaluate(values.block(), centres.block(), energy.block().data(), derivative.block());
  Pull out{energy.block()(0, 0), {}};
  for (Index k = 0; k < count; ++k) out.derivative.push_back(derivative.block()(k, 0));
  return out;
}

}  // namespace

TEST_CASE("a harmonic bias sums one spring for each coarse variable", "[unit]") {
  const auto both =
      bias("{type: harmonic, on: [{type: coordinate, index: 0}, {type: coordinate, index: 2}], stiffness: [100, 40]}");
  const auto [energy, derivative] = pull(*both, {0.5, 1}, {0.3, 2});
  CHECK(energy == Approx(0.5 * 100 * 0.04 + 0.5 * 40));
  CHECK(derivative[0] == Approx(20));
  CHECK(derivative[1] == Approx(-40));
  CHECK(both->sigma(4.0)(0) == Approx(0.2));
  CHECK(both->sigma(10.0)(1) == Approx(0.5));
  const auto shared = bias("{type: harmonic, on: [{type: coordinate, index: 0}, {type: polar_angle}], stiffness: 4}");
  CHECK(shared->sigma(1.0)(1) == Approx(0.5));
  CHECK(shared->coarse().names() == std::vector<std::string>{"coordinate", "polar_angle"});
}

TEST_CASE("a harmonic bias on an angle pulls the short way round", "[unit]") {
  const auto spring = bias("{type: harmonic, on: {type: polar_angle}, stiffness: 10}");
  const auto [energy, derivative] = pull(*spring, {-3.0}, {3.0});
  const double away = 2 * std::numbers::pi - 6.0;
  CHECK(energy == Approx(5 * away * away));
  CHECK(derivative[0] == Approx(10 * away));
  CHECK(contracts::bias_laws(*spring) == contracts::BrokenLaws{});
}

TEST_CASE("a harmonic bias refuses stiffnesses that match no variables", "[unit]") {
  CHECK_THROWS_WITH(bias("{type: harmonic, on: {type: polar_angle}, stiffness: [1, 2]}"),
                    Catch::Contains("must be one number or one for each coarse variable"));
  CHECK_THROWS_WITH(bias("{type: harmonic, on: [], stiffness: 1}"),
                    Catch::Contains("must name at least one coarse variable"));
}
