// SPDX-License-Identifier: MIT
// dTRAM on a lattice that is Markovian in its cells.
#include <algorithm>
#include <catch2/catch.hpp>

#include "harmonic_windows.hpp"
#include "liftwell/base/error.hpp"
#include "two_branches.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::string dtram(const std::string& more = "") { return "{type: dtram, " + cells_with_branches + more + "}"; }

}  // namespace

TEST_CASE("dTRAM weighs two branches right that walkers were started on with wrong weights", "[statistics]") {
  // Fixed seed, 4 standard errors. A quarter of the walkers of each window starts in branch 1; those far from
  // the middle never change, so that pooled windows are wrong by 1.4 kT.
  const auto data = TwoBranches{.rarity = 40}.data(16, 400, 1, 4, 1);
  const FreeEnergy result = estimate_branches(dtram(), data);
  const FreeEnergyDifference& right = result.differences[0];
  CHECK(right.standard_error < 0.5);
  CHECK(std::abs(right.value - TwoBranches::exact()) < 4 * right.standard_error);
  const FreeEnergy pooled = estimate_branches("{type: mbar}", data);
  CHECK(std::abs(pooled.differences[0].value - TwoBranches::exact()) > 1);
  double offset = 0;
  for (Index x = 0; x < 12; ++x) offset += (result.values[x] - TwoBranches::exact_profile(x)) / 12;
  for (Index x = 0; x < 12; ++x) {
    INFO("x = " << x);
    CHECK(std::abs(result.values[x] - TwoBranches::exact_profile(x) - offset) < 1);
  }
}

TEST_CASE("dTRAM errors match the spread of repeats", "[statistics]") {
  // 40 repeats: the mean of z has standard error 0.16, that of z² about 0.25.
  const auto [mean, square] = branch_scores(dtram(", replicates: 40"), 1, 40);
  CHECK(std::abs(mean) < 0.55);
  CHECK(square > 0.4);
  CHECK(square < 2);
}

TEST_CASE("dTRAM agrees with WHAM on independent frames of windows in equilibrium", "[statistics]") {
  // The same frames; the two differ by what transitions say beside populations, and by the width of bins.
  const HarmonicWindows windows{.centres = {-2, -1, 0, 1, 2, 3}, .frames = 400};
  const auto data = windows.request_data(3);
  const FreeEnergy dtram_result = estimate_with("{type: dtram, cells: {widths: 0.125}}", data);
  const FreeEnergy wham = estimate_with("{type: wham, bin_width: 0.25 sigma}", data);
  CHECK(dtram_result.differences[0].value ==
        Approx(wham.differences[0].value).margin(0.5 * wham.differences[0].standard_error));
  CHECK(dtram_result.differences[0].standard_error == Approx(wham.differences[0].standard_error).epsilon(0.3));
}

TEST_CASE("dTRAM leaves open what no walker connects, and says so", "[unit]") {
  const auto data = TwoBranches{.rarity = 1e12}.data(8, 100, 1, 4, 2);
  const FreeEnergy result = estimate_branches(dtram(), data);
  CHECK(std::isnan(result.differences[0].value));
  CHECK(std::isnan(result.values[5]));
  REQUIRE(result.notes.size() >= 2);
  CHECK_THAT(result.notes[0], Catch::Contains("the cells do not connect") && Catch::Contains("coordinate = 1"));
  CHECK_THAT(result.notes.back(), Catch::Contains("difference 'right': not answered"));
}

TEST_CASE("dTRAM says when it did not reach its tolerance", "[unit]") {
  const auto data = TwoBranches{}.data(8, 200, 1, 4, 2);
  const FreeEnergy result = estimate_branches(dtram(", tolerance: 1e-13 kT, max_steps: 1"), data);
  REQUIRE_FALSE(result.notes.empty());
  CHECK_THAT(result.notes[0], Catch::Contains("did not reach its tolerance of 1.0e-13 kT in 1 steps"));
  CHECK(estimate_branches(dtram(), data).notes.empty());
}

TEST_CASE("dTRAM counts transitions over the lag time, which is a whole number of frames", "[statistics]") {
  // Lags of 1 and 4 frames of 0.5 both describe the lattice exactly.
  const auto data = TwoBranches{}.data(16, 400, 1, 4, 3);
  const FreeEnergy result = estimate_branches(dtram(", lag: 2"), data);
  CHECK(std::abs(result.differences[0].value - TwoBranches::exact()) < 4 * result.differences[0].standard_error);
  CHECK(result.differences[0].value != estimate_branches(dtram(), data).differences[0].value);
  CHECK_THROWS_WITH(estimate_branches(dtram(", lag: 0.7"), data), Catch::Contains("0.7 is no multiple of 0.5"));
  CHECK_THROWS_WITH(estimate_branches(dtram(", lag: 1000"), data), Catch::Contains("a lag time apart"));
}

TEST_CASE("dTRAM says where the bias varies within its cells", "[unit]") {
  const HarmonicWindows windows{.centres = {-1, 0, 1}, .frames = 200};
  const auto noted = [&](const std::string& widths) {
    const auto notes = estimate_with("{type: dtram, cells: {widths: " + widths + "}}", windows.request_data(3)).notes;
    return std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
      return note.find("varies within cells by") != std::string::npos;
    });
  };
  CHECK(noted("1"));
  CHECK_FALSE(noted("0.1"));
}
