// SPDX-License-Identifier: MIT
// What frames count that follow closely on each other.
#include <catch2/catch.hpp>
#include <cmath>

#include "harmonic_windows.hpp"

using namespace liftwell;
using namespace liftwell::testing;

// Five windows of independent frames, and between them four of eight times as many that follow each other closely and
// are worth a tenth as much. Their errors reach F when all frames count alike: seen to fail so (MBAR 0.44 against
// 0.14).
TEST_CASE("Windows that move slowly count for what they know", "[statistics]") {
  const std::string estimator = GENERATE("mbar", "wham", "umbrella_integration");
  CAPTURE(estimator);
  double measured = 0, ignored = 0, square = 0;
  constexpr int repeats = 40;
  for (std::uint64_t i = 0; i < repeats; ++i) {
    auto data = HarmonicWindows{.centres = {0, 1, 2, 3, 4}, .walkers = 8, .frames = 50}.request_data(300 + i);
    const HarmonicWindows slow{.centres = {0.5, 1.5, 2.5, 3.5}, .walkers = 8, .frames = 400, .memory = 0.98};
    data.push_back(slow.request_data(900 + i).front());
    const FreeEnergy result = estimate_with("{type: " + estimator + "}", data);
    const double error = result.differences[0].value - exact_far();
    measured += error * error / repeats;
    square += std::pow(error / result.differences[0].standard_error, 2) / repeats;
    const FreeEnergy alike =
        estimate_with("{type: " + estimator + ", replicates: 2, statistical_inefficiency: false}", data);
    ignored += std::pow(alike.differences[0].value - exact_far(), 2) / repeats;
    if (estimator == "umbrella_integration") continue;  // has no table of windows
    CHECK(std::get<double>(result.tables[0].rows[0][2]) > 300);
    CHECK(std::get<double>(result.tables[0].rows[6][2]) < 120);
  }
  INFO("root mean square errors " << std::sqrt(measured) << " and " << std::sqrt(ignored));
  CHECK(measured < 0.5 * ignored);
  CHECK(square == Approx(1).margin(4 * std::sqrt(2.0 / repeats)));
}
