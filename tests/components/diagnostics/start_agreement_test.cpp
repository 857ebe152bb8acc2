// SPDX-License-Identifier: MIT
// Two runs of the same windows: alike where the start is forgotten, different where it decides.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/families/diagnostic.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// Windows of 16 walkers at 0, 1, … `windows` − 1. y is +1 with probability 0.3, else −1, chosen anew with
/// probability `rate` at each of 800 frames; walkers start at `start`, or as chance has it for 0.
std::shared_ptr<MemoryEnsemble> run_of(const std::string& stage, Index windows, double rate, double start,
                                       std::uint64_t seed) {
  const auto out = MemoryEnsemble::make(16 * windows, 800, 2);
  EnsembleInfo& info = out->editable_info();
  info.stage = stage;
  info.centres = Vector::LinSpaced(windows, 0, static_cast<double>(windows - 1));
  for (Index w = 0; w < 16 * windows; ++w) {
    info.window[static_cast<std::size_t>(w)] = w / 16;
    RandomSequence random(RandomStream::named(seed, {stage}), static_cast<std::uint32_t>(w));
    const auto choice = [&] { return random.uniform() < 0.3 ? 1.0 : -1.0; };
    double side = start != 0 ? start : choice();
    for (Index f = 0; f < 800; ++f) {
      if (random.uniform() < rate) side = choice();
      out->at(f, w, 0) = static_cast<float>(static_cast<double>(w / 16) + 0.1 * random.normal());
      out->at(f, w, 1) = static_cast<float>(side + 0.1 * random.normal());
    }
  }
  return out;
}

Findings compare(const std::vector<std::shared_ptr<MemoryEnsemble>>& runs, const std::string& more = "") {
  const Executor executor(1);
  std::vector<BiasedEnsemble> data;
  for (const auto& run : runs) data.push_back({run, std::make_shared<Spring>(1)});
  return make<ConsistencyCheck>("{type: start_agreement, coordinates: {type: coordinate, index: 1}, thresholds: 0" +
                                more + "}")
      ->evaluate({.data = data, .stream = RandomStream::named(1, {"agreement"}), .executor = executor});
}

}  // namespace

// Of 40 windows with 3 comparisons each, |z| > 4 has a chance of 0.8 % in all. Seen to fail without the
// autocorrelation in the errors (frames remember for 20): 28 windows differ, with a mean square of 37.
TEST_CASE("Windows that forget their starts agree, with errors of the right size", "[statistics]") {
  const Findings findings = compare({run_of("down", 40, 0.05, -1, 1), run_of("up", 40, 0.05, 1, 2)});
  CHECK(findings.values.at("start_agreement.windows") == 40);
  CHECK(findings.values.at("start_agreement.differing_windows") == 0);
  // Comparisons of y and of its weight say nearly the same, so some 80 independent squares: 1 ± 0.16.
  CHECK(findings.values.at("start_agreement.mean_square_z") == Approx(1).margin(0.6));
}

TEST_CASE("Windows that keep their starts differ, and are named", "[unit]") {
  const Findings findings = compare({run_of("down", 2, 0, -1, 1), run_of("up", 2, 0, 1, 2)});
  CHECK(findings.values.at("start_agreement.differing_windows") == 2);
  CHECK(findings.values.at("start_agreement.largest_z") > 10);
  REQUIRE(findings.targets.size() == 2);
  CHECK(findings.targets[1].target == std::vector<double>{1});
  CHECK(findings.targets[1].values.at("start_agreement.largest_z") > 10);
  const auto& rows = findings.tables.front().rows;
  REQUIRE(rows.size() == 6);  // two windows: mean of y, weight of y, mean of xi
  CHECK(std::get<std::string>(rows[3][0]) == "1");
  CHECK(std::get<std::string>(rows[3][1]) == "mean of coordinate");
  CHECK(std::get<std::string>(rows[4][1]) == "weight of coordinate > 0");
  CHECK(std::get<double>(rows[4][2]) == 0);
  CHECK(std::get<double>(rows[4][4]) == 1);
  CHECK(std::get<std::string>(rows[4].back()) == "DIFFER");
  CHECK(std::get<std::string>(rows[5].back()) == "agree");
}

// Here 3 of 16 and 6 of 16 walkers sit in the upper branch for good: the difference is that of 16 independent states
// each, one standard error, not that of 12,800 frames.
TEST_CASE("Walkers that never move count once", "[unit]") {
  const auto a = run_of("a", 1, 0, -1, 1), b = run_of("b", 1, 0, -1, 1);
  for (Index f = 0; f < 800; ++f) {
    for (Index w = 0; w < 3; ++w) a->at(f, w, 1) += 2;
    for (Index w = 0; w < 6; ++w) b->at(f, w, 1) += 2;
  }
  const auto findings = compare({a, b});
  CHECK(std::get<double>(findings.tables.front().rows[1][6]) == Approx(-1.2).margin(0.2));
  CHECK(findings.values.at("start_agreement.differing_windows") == 0);
}

TEST_CASE("Windows of one stage alone are counted, and cycles of a stage pooled", "[unit]") {
  const auto later = run_of("down", 2, 0.05, -1, 3);
  later->editable_info().cycle = 2;
  const Findings findings = compare({run_of("down", 3, 0.05, -1, 1), run_of("up", 2, 0.05, 1, 2), later});
  CHECK(findings.values.at("start_agreement.windows") == 2);
  CHECK(findings.values.at("start_agreement.windows_of_one") == 1);
}

TEST_CASE("Anything but two stages with common windows is refused", "[unit]") {
  CHECK_THROWS_WITH(compare({run_of("down", 1, 0.1, -1, 1)}), Catch::Contains("of two stages, not of 1"));
  const auto elsewhere = run_of("up", 1, 0.1, 1, 2);
  elsewhere->editable_info().centres(0, 0) = 7;
  CHECK_THROWS_WITH(compare({run_of("down", 1, 0.1, -1, 1), elsewhere}), Catch::Contains("no window in common"));
}
