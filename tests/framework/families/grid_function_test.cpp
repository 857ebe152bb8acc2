// SPDX-License-Identifier: MIT
#include "liftwell/families/grid_function.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

constexpr double pi = std::numbers::pi;

Grid line(double low, double high, Index bins) { return {Vector::Constant(1, low), Vector::Constant(1, high), {bins}}; }

GridFunction of(const Grid& grid, const CoarseMap& coarse, const std::function<double(const double*)>& f) {
  GridFunction out(grid, coarse);
  const Matrix centres = grid.centres();
  Vector values(grid.cells());
  for (Index i = 0; i < values.size(); ++i) values[i] = f(centres.row(i).data());
  out.set_values(values);
  return out;
}

}  // namespace

TEST_CASE("A function on a grid passes through its values and is exact for parabolas in between", "[unit]") {
  const auto parabola = [](const double* x) { return 2 - 3 * x[0] + 4 * x[0] * x[0]; };
  const GridFunction f = of(line(-1, 2, 30), axes({0}), parabola);
  for (double x = -0.8; x < 1.8; x += 0.0137) {
    double slope = 0;
    CHECK(f.at(&x, &slope) == Approx(parabola(&x)));
    CHECK(slope == Approx(-3 + 8 * x).margin(1e-9));
  }
}

TEST_CASE("The largest curvature of a function on a grid is that of its pieces", "[unit]") {
  // The bend to the constant beyond the ends does not count, and what bends down is no curvature.
  CHECK(of(line(-1, 2, 30), axes({0}), [](const double* x) { return 4 * x[0] * x[0]; }).largest_curvature()[0] ==
        Approx(8));
  CHECK(of(line(-1, 2, 30), axes({0}), [](const double* x) { return 5 * x[0]; }).largest_curvature()[0] ==
        Approx(0).margin(1e-9));
  CHECK(of(line(-1, 2, 30), axes({0}), [](const double* x) { return -4 * x[0] * x[0]; }).largest_curvature()[0] == 0);
  // A corner that the slope changes by 6 in, at a centre of cells of 0.1: twice the second difference.
  CHECK(of(line(0, 2, 20), axes({0}), [](const double* x) {
          return 3 * std::abs(x[0] - 1.05);
        }).largest_curvature()[0] == Approx(120));
  // Along x 7 at one place and softer elsewhere, along y 10.
  const Grid plane{Vector::Constant(2, -2), Vector::Constant(2, 2), {80, 60}};
  const Vector both = of(plane, axes({0, 1}), [](const double* x) {
                        return -7 * std::exp(-x[0] * x[0] / 2) + 5 * x[1] * x[1];
                      }).largest_curvature();
  CHECK(both[0] == Approx(7).epsilon(0.01));
  CHECK(both[1] == Approx(10));
}

TEST_CASE("Beyond the ends of a line the function is constant, and smooth up to there", "[unit]") {
  const GridFunction f = of(line(0, 1, 10), axes({0}), [](const double* x) { return 5 * x[0]; });
  for (const double outside : {-3.0, 0.0, 0.05, 0.95, 1.0, 7.0}) {
    double slope = 1;
    CHECK(f.at(&outside, &slope) == Approx(outside < 0.5 ? 0.25 : 4.75));
    CHECK(slope == Approx(0).margin(1e-9));
  }
  // No jump in value or slope anywhere: both move by little over a small step.
  double before = 0, slope_before = 0;
  for (double x = -0.2; x < 1.2; x += 1e-4) {
    double slope = 0;
    const double value = f.at(&x, &slope);
    if (x > -0.2) {
      CHECK(std::abs(value - before) < 1e-3);
      CHECK(std::abs(slope - slope_before) < 0.05);
    }
    before = value;
    slope_before = slope;
  }
}

TEST_CASE("Around a circle the grid is closed", "[unit]") {
  const CoarseMap angle = axes({0}, 2 * pi);
  const GridFunction f = of(line(-pi, pi, 60), angle, [](const double* x) { return std::cos(*x); });
  for (double x = -7; x < 7; x += 0.0371) {
    double slope = 0;
    CHECK(f.at(&x, &slope) == Approx(std::cos(x)).margin(2e-4));
    CHECK(slope == Approx(-std::sin(x)).margin(2e-3));
    const double turned = x + 6 * pi;
    CHECK(f.at(&turned) == Approx(f.at(&x)).margin(1e-12));
  }
  CHECK_THAT(GridFunction::misfit(line(0, 6, 60), angle), Catch::Contains("must go once around its period"));
  CHECK_THAT(GridFunction::misfit(line(0, 1, 3), axes({0})), Catch::Contains("at least 4 bins"));
  CHECK_THAT(GridFunction::misfit(line(0, 1, 1'000'000'000), axes({0})),
             Catch::Contains("1e+09 cells, of at most 1e+07; take fewer bins"));
  CHECK_THAT(GridFunction::misfit(line(0, 1, 8), axes({0, 1})), Catch::Contains("one number in each"));
  CHECK(GridFunction::misfit(line(1, 1 + 2 * pi, 60), angle).empty());
}

TEST_CASE("In two dimensions derivatives are those of the value", "[unit]") {
  const Grid grid{Vector{{-1, -2}}, Vector{{1, 2}}, {20, 30}};
  const GridFunction f = of(grid, axes({0, 1}), [](const double* x) { return std::sin(2 * x[0]) * x[1] + x[0]; });
  for (const auto& place : {std::array{0.13, 0.4}, std::array{-0.71, -1.3}, std::array{0.5, 1.61}}) {
    std::array<double, 2> slope{};
    CHECK(f.at(place.data(), slope.data()) == Approx(std::sin(2 * place[0]) * place[1] + place[0]).margin(2e-3));
    for (std::size_t k = 0; k < 2; ++k) {
      auto up = place, down = place;
      up[k] += 1e-5;
      down[k] -= 1e-5;
      CHECK(slope[k] == Approx((f.at(up.data()) - f.at(down.data())) / 2e-5).margin(1e-7));
    }
  }
}
