// SPDX-License-Identifier: MIT
#include "liftwell/families/projection.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "liftwell/base/random.hpp"

namespace liftwell {
namespace {

struct NoOptions {};

/// ξ = x² + 4 y²: level sets are ellipses, and |∇ξ| differs along them.
class Ellipse final : public CoarseVariable {
 public:
  explicit Ellipse(const NoOptions&) {}
  [[nodiscard]] std::string misfit(Index) const override { return {}; }
  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      value[lane] = x(0, lane) * x(0, lane) + 4 * x(1, lane) * x(1, lane);
      if (gradient.rows() == 0) continue;
      gradient(0, lane) = 2 * x(0, lane);
      gradient(1, lane) = 8 * x(1, lane);
    }
  }
};

CoarseMap ellipse() {
  static const ComponentDeclaration declaration =
      Declaration<CoarseVariable, NoOptions>("ellipse", "An ellipse.").creates<Ellipse>();
  auto configured = std::make_shared<Configured>();
  configured->declaration = &declaration;
  configured->name = "ellipse";
  configured->options = declaration.default_options();
  return CoarseMap({Component<CoarseVariable>(configured)});
}

}  // namespace

TEST_CASE("States are moved onto the level set, and by how much is told", "[unit]") {
  Matrix states(3, 2);
  states << 1.1, 0, 0, 0.45, 0.6, 0.5;
  const Matrix before = states;
  const Projection moved = project(states, Matrix::Ones(3, 1), ellipse(), 1e-12, 50);
  CHECK(moved.failed == 0);
  for (Index i = 0; i < 3; ++i) {
    CHECK(states(i, 0) * states(i, 0) + 4 * states(i, 1) * states(i, 1) == Approx(1).margin(1e-11));
    CHECK(moved.moved[i] == Approx((states.row(i) - before.row(i)).norm()));
    const double gradient = std::hypot(2 * states(i, 0), 8 * states(i, 1));
    CHECK(moved.log_surface[i] == Approx(std::log(gradient)));
  }
  CHECK(states(0, 0) == Approx(1));
  CHECK(states(1, 1) == Approx(0.5));
}

TEST_CASE("A state from which the level set is not reached stays as it is and is counted", "[unit]") {
  Matrix states = Matrix::Zero(1, 2);  // no gradient at the centre
  const Projection moved = project(states, Matrix::Ones(1, 1), ellipse(), 1e-9, 50);
  CHECK(moved.failed == 1);
  CHECK(states.isZero(0));
}

// Uniform in the plane and within a layer of ξ around 1: in x = √ξ cos θ, y = √ξ sin θ / 2 the angle θ is uniform,
// and so it is in the δ form on the ellipse, whose density along the arc is 1/|∇ξ|. Kolmogorov distance of 40,000
// states at the 1e-4 level (0.011); the law on the constrained surface (uniform along the arc) is 0.027 away.
TEST_CASE("States of a thin layer have the delta form once they are on the level set", "[statistics]") {
  constexpr Index count = 40000;
  RandomSequence random(RandomStream::named(4, {"layer"}), 0);
  Matrix states(count, 2);
  for (Index i = 0; i < count; ++i) {
    const double angle = 2 * std::numbers::pi * random.uniform();
    const double root = std::sqrt(1 + 0.02 * random.normal());
    states.row(i) << root * std::cos(angle), root * std::sin(angle) / 2;
  }
  const Projection moved = project(states, Matrix::Ones(count, 1), ellipse(), 1e-9, 50);
  REQUIRE(moved.failed == 0);
  const auto distance = [&](const std::vector<std::pair<double, double>>& weighted) {
    double total = 0, below = 0, largest = 0;
    for (const auto& [angle, weight] : weighted) total += weight;
    for (const auto& [angle, weight] : weighted) {
      below += weight;
      largest = std::max(largest, std::abs(below / total - (angle / (2 * std::numbers::pi) + 0.5)));
    }
    return largest;
  };
  std::vector<std::pair<double, double>> delta, surface;
  for (Index i = 0; i < count; ++i) {
    const double angle = std::atan2(2 * states(i, 1), states(i, 0));
    delta.emplace_back(angle, 1.0);
    surface.emplace_back(angle, std::exp(moved.log_surface[i]));
  }
  std::sort(delta.begin(), delta.end());
  std::sort(surface.begin(), surface.end());
  CHECK(distance(delta) < 2.2 / std::sqrt(static_cast<double>(count)));
  CHECK(distance(surface) > 0.02);
}

}  // namespace liftwell
