// SPDX-License-Identifier: MIT
#include "liftwell/reporting/progress_meter.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using liftwell::ProgressMeter;
using std::chrono::seconds;

namespace {
const ProgressMeter::Clock::time_point start{};
}

TEST_CASE("a stage that reports once, at its end, has done all of it", "[unit]") {
  ProgressMeter meter(false, start);
  meter.report(300, 300, "samples");
  CHECK(meter.gained() == 300);
  CHECK(meter.fraction() == 1);
  CHECK(meter.rate(start + seconds(2)) == 150);
  CHECK(meter.seconds_left(start + seconds(2)) == 0);
}

TEST_CASE("the rate of a resumed stage leaves out what the earlier attempt did", "[unit]") {
  ProgressMeter meter(true, start);
  meter.report(80, 100, "steps");
  CHECK(meter.rate(start + seconds(1)) == 0);
  CHECK(std::isinf(meter.seconds_left(start + seconds(1))));
  meter.report(90, 100, "steps");
  CHECK(meter.fraction() == Approx(0.9));
  CHECK(meter.rate(start + seconds(5)) == 2);
  CHECK(meter.seconds_left(start + seconds(5)) == 5);
}

TEST_CASE("no report makes progress negative or not a number", "[unit]") {
  const double infinity = std::numeric_limits<double>::infinity();
  ProgressMeter meter(false, start);
  for (const auto& [done, planned] : {std::pair{-5.0, 100.0},
                                      {50.0, 100.0},
                                      {20.0, 100.0},  // out of order
                                      {std::nan(""), 100.0},
                                      {60.0, infinity},
                                      {1.0, 0.0},
                                      {200.0, 100.0},
                                      {10.0, -1.0}}) {
    meter.report(done, planned, "steps");
    for (const auto now : {start, start + seconds(1)}) {
      CHECK(meter.rate(now) >= 0);
      CHECK(std::isfinite(meter.rate(now)));
      CHECK(meter.seconds_left(now) >= 0);
    }
    CHECK(meter.fraction() >= 0);
    CHECK(meter.fraction() <= 1);
    CHECK(meter.done() >= 0);
    CHECK(meter.gained() >= 0);
  }
}
