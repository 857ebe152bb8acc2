// SPDX-License-Identifier: MIT
// Bins that hold a handful of independent frames: replicates of these frames know nothing of those that might have
// come.
#include <catch2/catch.hpp>
#include <cmath>

#include "harmonic_windows.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// Standard normal walkers, each frame correlated with the next by `memory`.
std::vector<BiasedEnsemble> unbiased(Index walkers, Index frames, double memory, std::uint64_t seed) {
  HarmonicWindows windows{.centres = {0}, .walkers = walkers, .frames = frames, .stiffness = 0, .memory = memory};
  auto data = windows.request_data(seed);
  data[0].bias = nullptr;
  return data;
}

/// Of the standard normal law, in bin b of the profile.
double exact_share(Index bin) {
  const double low = -3 + 0.25 * static_cast<double>(bin), high = low + 0.25;
  return (std::erfc(low / std::sqrt(2)) - std::erfc(high / std::sqrt(2))) / 2;
}

}  // namespace

TEST_CASE("Errors of bins of few frames cover what is wrong with them", "[statistics]") {
  // Bins where 0.5 to 20 independent frames are expected, in 100 repeats: z = (F − exact)/error, both aligned at the
  // mean over bins of many frames.
  const auto [estimator, memory] =
      GENERATE(table<std::string, double>({{"{type: histogram}", 0}, {"{type: mbar}", 0}, {"{type: mbar}", 0.6}}));
  CAPTURE(estimator, memory);
  const double slowness = (1 + memory) / (1 - memory), independent = 400;
  double square = 0, beyond = 0, count = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const FreeEnergy result = estimate_with(estimator, unbiased(8, static_cast<Index>(50 * slowness), memory, 100 + i));
    double offset = 0, weight = 0;
    const auto difference = [&](Index b) { return result.values[b] + std::log(exact_share(b)); };
    const auto expected = [&](Index b) { return independent * exact_share(b); };
    for (Index b = 0; b < 32; ++b)
      if (expected(b) > 20 && std::isfinite(result.values[b])) {
        offset += expected(b) * difference(b);
        weight += expected(b);
      }
    REQUIRE(weight > 0);
    for (Index b = 0; b < 32; ++b) {
      if (expected(b) > 20 || expected(b) < 0.5 || !std::isfinite(result.values[b])) continue;
      const double z = (difference(b) - offset / weight) / result.standard_errors[b];
      square += z * z;
      beyond += std::abs(z) > 3;
      ++count;
    }
  }
  CAPTURE(square / count, beyond / count, count);
  CHECK(count > 500);
  CHECK(square / count < 1.3);
  // Of correlated frames visits are counted, which is between the two.
  CHECK(square / count > (memory > 0 ? 0.2 : 0.5));
  // Errors from eight walkers have 7 degrees of freedom: |t| > 3 in 2 % of cases, where no least error stands in.
  CHECK(beyond / count < (memory > 0 ? 0.02 : 0.01));
}

TEST_CASE("Where F is 0 at a bin of few frames, it says how much that is worth", "[unit]") {
  // Ten unbiased frames, one of which is far below all that windows reach, weigh much more than the windows' there.
  auto data = HarmonicWindows{.centres = {3, 3.5, 4}, .walkers = 8, .frames = 100, .stiffness = 4}.request_data(1);
  const auto says_so = [](const FreeEnergy& result) {
    return std::any_of(result.notes.begin(), result.notes.end(), [](const auto& note) {
      return note.find("F is 0 at a bin of fewer than 20 independent visits") == 0;
    });
  };
  const HarmonicWindows known{.centres = {-0.5, 0, 0.5}, .walkers = 8, .frames = 100, .stiffness = 4};
  CHECK_FALSE(says_so(estimate_with("{type: mbar}", known.request_data(1))));
  data.push_back(unbiased(1, 10, 0, 2)[0]);
  const FreeEnergy both = estimate_with("{type: mbar, statistical_inefficiency: false}", data);
  CHECK(says_so(both));
  double lowest = 1;
  for (const double value : both.values)
    if (std::isfinite(value)) lowest = std::min(lowest, value);
  CHECK(lowest == 0);
}
