// SPDX-License-Identifier: MIT
#include "liftwell/base/vector_math.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace liftwell;

namespace {

template <class Function>
double first_lane(const Function& f, double x) {
  HWY_ALIGN double out[8];
  simd::hn::Store(f(simd::set(x)), simd::doubles, out);
  return out[0];
}

constexpr double epsilon = std::numeric_limits<double>::epsilon();

}  // namespace

TEST_CASE("the vector exponential agrees with the standard library to 2 units in the last place", "[unit]") {
  for (double x = -707.9; x < 709; x += 0.0937) {
    CHECK(std::abs(first_lane(simd::exp_of_negative, x) / std::exp(x) - 1) < 2 * epsilon);
    CHECK(std::abs(first_lane(simd::exp_of_positive, x) / std::exp(x) - 1) < 2 * epsilon);
  }
}

TEST_CASE("the vector exponential saturates and hands NaN on", "[unit]") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(first_lane(simd::exp_of_negative, -1e6) < 1e-300);
  CHECK(first_lane(simd::exp_of_negative, -infinity) < 1e-300);
  CHECK(first_lane(simd::exp_of_positive, 1e6) > 1e307);
  CHECK(first_lane(simd::exp_of_positive, infinity) > 1e307);
  CHECK(std::isnan(first_lane(simd::exp_of_negative, std::nan(""))));
  CHECK(std::isnan(first_lane(simd::exp_of_positive, std::nan(""))));
}

TEST_CASE("vector sine and cosine agree with the standard library", "[unit]") {
  const auto sine = [](simd::V x) { return simd::sine_cosine(x).sine; };
  const auto cosine = [](simd::V x) { return simd::sine_cosine(x).cosine; };
  for (double x = -40; x < 40; x += 0.00731) {
    REQUIRE(std::abs(first_lane(sine, x) - std::sin(x)) < 2 * epsilon);
    REQUIRE(std::abs(first_lane(cosine, x) - std::cos(x)) < 2 * epsilon);
  }
  for (const double x : {1e3, -1e5, 1e8}) {
    CHECK(first_lane(sine, x) == Approx(std::sin(x)).margin(1e-8));
    CHECK(first_lane(cosine, x) == Approx(std::cos(x)).margin(1e-8));
  }
  CHECK(std::isnan(first_lane(sine, std::nan(""))));
}
