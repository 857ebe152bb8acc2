// SPDX-License-Identifier: MIT
// WHAM against MBAR and against normal laws.
#include <catch2/catch.hpp>

#include "harmonic_windows.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("WHAM agrees with MBAR on harmonic windows", "[unit]") {
  // On the same frames the two differ by binning alone: a width of 0.1 sigma is 0.0001 of the variance.
  // With the bias taken at the lower edges of the bins, they
  // differ by up to 0.4.
  const HarmonicWindows windows{.centres = {-2, -1, 0, 1, 2, 3}};
  const FreeEnergy wham = estimate_with("{type: wham, bin_width: 0.1 sigma}", windows.request_data(3));
  const FreeEnergy mbar = estimate_with("{type: mbar}", windows.request_data(3));
  CHECK(wham.differences[0].value == Approx(mbar.differences[0].value).margin(0.02));
  CHECK(wham.differences[0].standard_error == Approx(mbar.differences[0].standard_error).epsilon(0.05));
  int compared = 0;
  for (Index i = 0; i < mbar.values.size(); ++i) {
    REQUIRE(std::isnan(mbar.values[i]) == std::isnan(wham.values[i]));
    if (std::isnan(mbar.values[i])) continue;
    CHECK(wham.values[i] == Approx(mbar.values[i]).margin(0.05));
    ++compared;
  }
  CHECK(compared > 15);
}

TEST_CASE("WHAM errors match the spread of repeats", "[statistics]") {
  // With the histograms pooled
  // unweighted the mean of z is 86.
  const HarmonicWindows windows{.centres = {-1, 0, 1, 2, 3}, .walkers = 16, .frames = 30};
  const std::string width = GENERATE("0.1", "1");
  CAPTURE(width);
  const auto [mean, square] = scores_of("{type: wham, bin_width: " + width + " sigma}", windows);
  CHECK(std::abs(mean) < 0.3);
  CHECK(square > 0.65);
  CHECK(square < 1.45);
}

TEST_CASE("WHAM leaves out windows that share no frames with the rest", "[unit]") {
  const HarmonicWindows windows{.centres = {0, 0.3, 0.6, 20}, .frames = 50, .stiffness = 30};
  const FreeEnergy result = estimate_with("{type: wham}", windows.request_data(1));
  REQUIRE_FALSE(result.notes.empty());
  CHECK_THAT(result.notes[0], Catch::Contains("the window at 20"));
}

TEST_CASE("WHAM agrees with MBAR however wide its bins are", "[unit]") {
  // With the bias taken at the centres of bins of 1 sigma they differ by 0.1.
  const HarmonicWindows windows{.centres = {-2, -1, 0, 1, 2, 3}};
  const FreeEnergy mbar = estimate_with("{type: mbar}", windows.request_data(3));
  for (const std::string width : {"0.25", "1"}) {
    CAPTURE(width);
    const FreeEnergy wham = estimate_with("{type: wham, bin_width: " + width + " sigma}", windows.request_data(3));
    CHECK(wham.notes == mbar.notes);
    CHECK(wham.differences[0].value == Approx(mbar.differences[0].value).margin(0.005));
    CHECK(wham.differences[0].standard_error == Approx(mbar.differences[0].standard_error).epsilon(0.1));
    for (Index i = 0; i < mbar.values.size(); ++i)
      if (std::isfinite(mbar.values[i])) CHECK(wham.values[i] == Approx(mbar.values[i]).margin(0.005));
    for (std::size_t k = 0; k < 6; ++k)
      for (std::size_t j = 1; j < 7; ++j)
        CHECK(std::get<double>(wham.tables[1].rows[k][j]) ==
              Approx(std::get<double>(mbar.tables[1].rows[k][j])).margin(0.001));
  }
}
