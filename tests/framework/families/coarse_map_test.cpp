// SPDX-License-Identifier: MIT
#include "liftwell/families/coarse_map.hpp"

#include <catch2/catch.hpp>
#include <numbers>

#include "liftwell/config/workflow.hpp"
#include "support/angle.hpp"
#include "support/contracts/coarse_variable_laws.hpp"

using namespace liftwell;

namespace {
CoarseMap map_of(const std::vector<std::string>& yaml) {
  std::vector<Component<CoarseVariable>> variables;
  for (const std::string& one : yaml)
    variables.emplace_back(configure("coarse_variable", one, testing::registry_with_angle()));
  return CoarseMap(variables);
}
}  // namespace

TEST_CASE("a coarse map evaluates all variables on tiles, rows and single-precision frames alike", "[unit]") {
  const CoarseMap map = map_of({"{type: coordinate, index: 1}", "{type: linear, weights: [1, 1, 2], offset: 3}"});
  REQUIRE(map.size() == 2);
  for (const Index count : {1, 8, 300, 513}) {
    const Matrix states = Matrix::Random(count, 3).cast<float>().cast<double>();
    const Matrix values = map.values(states);
    REQUIRE(values.rows() == count);
    REQUIRE(values.cols() == 2);
    CHECK((values.col(0) - states.col(1)).cwiseAbs().maxCoeff() == 0);
    CHECK((values.col(1) - (states * Eigen::Vector3d(1, 1, 2)).eval() - Vector::Constant(count, 3))
              .cwiseAbs()
              .maxCoeff() < 1e-14);
    const FloatMatrix frames = states.cast<float>();
    CHECK(map.values(frames.data(), count, 3) == values);
  }
  CHECK(map.values(Matrix(0, 3)).rows() == 0);
}

TEST_CASE("a coarse map takes differences on the circle for periodic variables", "[unit]") {
  const CoarseMap map = map_of({"{type: polar_angle}", "{type: coordinate, index: 0}"});
  CHECK(map.difference(0, -3.0, 3.0) == Approx(2 * std::numbers::pi - 6));
  CHECK(map.difference(0, 0.5, 0.2) == Approx(0.3));
  CHECK(map.difference(1, -3.0, 3.0) == Approx(-6));
}

TEST_CASE("a coarse map measures how far a value lies outside a range, the short way round", "[unit]") {
  const CoarseMap map = map_of({"{type: polar_angle}", "{type: coordinate, index: 0}"});
  CHECK(map.outside(1, 4, 1, 3) == Approx(1));
  CHECK(map.outside(1, -1, 1, 3) == Approx(2));
  CHECK(map.outside(1, 2.5, 1, 3) == Approx(-0.5));
  CHECK(map.outside(0, -3.1, 2.9, 3.3) == Approx(2 * std::numbers::pi - 6.2 - 0.2));
  CHECK(map.outside(0, -2.5, 2.9, 3.1) == Approx(2 * std::numbers::pi - 5.6));
}

TEST_CASE("a coarse map names the variable that does not fit the system", "[unit]") {
  const CoarseMap map = map_of({"{type: coordinate, index: 0}", "{type: linear, weights: [1, 2]}"});
  CHECK(map.misfit(2).empty());
  CHECK(map.misfit(3) == "coarse variable linear: 2 weights are given for a system of 3 dimensions");
  CHECK(CoarseMap().misfit(3).empty());
}

TEST_CASE("the laws of coarse variables hold for a periodic one", "[unit]") {
  const testing::Angle angle{testing::NoOptions{}};
  CHECK(contracts::coarse_variable_laws(angle) == contracts::BrokenLaws{});
}
