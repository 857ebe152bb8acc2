// SPDX-License-Identifier: MIT
// Rules that hold two estimates of one free energy against each other: numbers worked out by hand.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/families/stop_rule.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// F on as many bins as `values` has, at kT = 1, with errors of 0.2, and one difference.
FreeEnergy profile(const Vector& values, double difference = 2) {
  FreeEnergy out;
  out.coarse = {"x"};
  out.points = Vector::LinSpaced(values.size(), 0, 1);
  out.values = values;
  out.standard_errors = Vector::Constant(values.size(), 0.2);
  out.thermal_energy = 1;
  out.differences = {{"basins", difference, 0.25, {}}};
  return out;
}

StopVerdict settled(const FreeEnergy& now, const std::optional<FreeEnergy>& before, const std::string& more = "") {
  StopEvidence evidence{.free_energy = std::make_shared<const FreeEnergy>(now)};
  if (before)
    evidence.previous =
        std::make_shared<const StopEvidence>(StopEvidence{.free_energy = std::make_shared<const FreeEnergy>(*before)});
  return make<StopRule>("{type: free_energy_settled, of: profile" + more + "}")->judge({{"profile", evidence}});
}

StopVerdict agree(const FreeEnergy& a, const FreeEnergy& b, const std::string& more = "") {
  return make<StopRule>("{type: estimates_agree, of: [one, other]" + more + "}")
      ->judge({{"one", {.free_energy = std::make_shared<const FreeEnergy>(a)}},
               {"other", {.free_energy = std::make_shared<const FreeEnergy>(b)}}});
}

const double unknown = std::nan("");

}  // namespace

TEST_CASE("The first cycle is never settled", "[unit]") {
  const StopVerdict verdict = settled(profile(Eigen::Vector3d(0, 1, 2)), std::nullopt);
  CHECK_FALSE(verdict.stop);
  CHECK(verdict.reason == "there is no cycle before to compare profile with");
}

TEST_CASE("A change counts in standard errors, once the constant is taken off", "[unit]") {
  // The changes are 10, 10 and 10.3, their weights exp(5), exp(5) and exp(5.15).
  const StopVerdict verdict = settled(profile(Eigen::Vector3d(0, 0, 0)), profile(Eigen::Vector3d(-10, -10, -10.3)));
  const double weights = std::exp(5.0) * 2 + std::exp(5.15);
  const double offset = (2 * std::exp(5.0) * 10 + std::exp(5.15) * 10.3) / weights;
  CHECK(verdict.stop);  // 0.189 or 0.944 errors
  CHECK(verdict.reason == fmt::format("since the cycle before, F over 3 bins differs by {:.3g} ({:.3g} standard "
                                      "errors), basins differs by 0 (0 standard errors); allowed are 1 standard errors",
                                      10.3 - offset, (10.3 - offset) / 0.2));
}

TEST_CASE("Either limit can keep a cycle going, for the largest change or the root mean square", "[unit]") {
  const FreeEnergy before = profile(Vector::Zero(100));
  Vector moved = Vector::Zero(100);
  moved[7] = 0.5;  // 2.5 errors in one bin of a hundred; 0.25 in the root mean square
  const FreeEnergy now = profile(moved);
  CHECK_FALSE(settled(now, before).stop);
  CHECK(settled(now, before, ", errors: 2.6").stop);
  CHECK(settled(now, before, ", measure: rms").stop);
  CHECK_FALSE(settled(now, before, ", errors: 2.6, tolerance: 0.4").stop);
  CHECK(settled(now, before, ", errors: 2.6, tolerance: 0.51").stop);
  CHECK_FALSE(settled(now, before, ", measure: rms, tolerance: 0.04").stop);
}

TEST_CASE("Bins above up_to count for nothing, new ones below it keep the cycle going", "[unit]") {
  const FreeEnergy before = profile(Eigen::Vector4d(0, 1, unknown, 9));
  CHECK(settled(profile(Eigen::Vector4d(0, 1, unknown, 9)), before).stop);
  const StopVerdict grown = settled(profile(Eigen::Vector4d(0, 1, 6, 9)), before);
  CHECK_FALSE(grown.stop);
  CHECK_THAT(grown.reason, Catch::Contains("1 bins were visited by only one of the two"));
  CHECK(settled(profile(Eigen::Vector4d(0, 1, 6, 12)), before, ", up_to: 5").stop);
  CHECK_FALSE(settled(profile(Eigen::Vector4d(0, 1, unknown, 12)), before).stop);
}

TEST_CASE("Differences are judged with the profile, or alone by their name", "[unit]") {
  const Vector same = Vector::Zero(3);
  CHECK_FALSE(settled(profile(same, 2.3), profile(same, 2)).stop);
  CHECK(settled(profile(same, 2.2), profile(same, 2)).stop);
  CHECK(settled(profile(Eigen::Vector3d(0, 9, 0), 2.2), profile(same, 2), ", difference: basins").stop);
  CHECK_THROWS_WITH(settled(profile(same), profile(same), ", difference: wells"), Catch::Contains("there is 'basins'"));
}

TEST_CASE("What is not known never settles", "[unit]") {
  const Vector same = Vector::Zero(3);
  FreeEnergy now = profile(same);
  now.standard_errors[1] = unknown;
  CHECK_FALSE(settled(now, profile(same), ", errors: 99").stop);
  CHECK_FALSE(settled(profile(same, unknown), profile(same, unknown), ", errors: 99").stop);
  CHECK_FALSE(settled(profile(same, 2), profile(same, unknown), ", errors: 99").stop);
  FreeEnergy elsewhere = profile(same);
  elsewhere.points(0, 0) = -1;
  CHECK_THROWS_WITH(settled(now, elsewhere), Catch::Contains("not on the same grid"));
}

TEST_CASE("Two estimates agree within the errors of both", "[unit]") {
  const Vector same = Vector::Zero(3);
  // The difference: 1 against hypot(0.25, 0.25) = 0.354 is 2.83 errors.
  const StopVerdict verdict = agree(profile(same, 3), profile(same, 2));
  CHECK(verdict.stop);
  CHECK(verdict.reason ==
        "between one and other, F over 3 bins differs by 0 (0 standard errors), basins differs by 1 (2.83 standard "
        "errors); allowed are 3 standard errors");
  CHECK_FALSE(agree(profile(same, 3.1), profile(same, 2)).stop);
  CHECK_FALSE(agree(profile(same, 3), profile(same, 2), ", tolerance: 0.9").stop);
}

TEST_CASE("estimates_agree wants two different stages", "[unit]") {
  CHECK_THROWS_WITH(make<StopRule>("{type: estimates_agree, of: [one, one]}"), Catch::Contains("is named twice"));
  CHECK_THROWS_WITH(make<StopRule>("{type: estimates_agree, of: one}"), Catch::Contains("two estimate stages"));
}

// Cumulative means of independent values: the change of cycle n has the spread of the error times 1/sqrt(n − 1), so
// that it goes below one error for good. 200 repeats; measured against this cycle's error alone, since the data of the
// cycles before are in both.
TEST_CASE("An estimate of growing data settles, one of each cycle's own data does not", "[statistics]") {
  RandomSequence random(RandomStream::named(4, {"settling"}), 0);
  const auto share_settled = [&](bool cumulative) {
    double count = 0;
    for (int repeat = 0; repeat < 200; ++repeat) {
      Vector sum = Vector::Zero(20);
      FreeEnergy before, now;
      for (int cycle = 1; cycle <= 16; ++cycle) {
        if (!cumulative) sum.setZero();
        for (double& value : sum) value += random.normal();
        const double n = cumulative ? cycle : 1;
        before = now;
        now = profile(sum / n);
        now.standard_errors.setConstant(1 / std::sqrt(n));
      }
      count += settled(now, before).stop;
    }
    return count / 200;
  };
  CHECK(share_settled(true) > 0.95);  // the largest of 20 changes is 0.26 x 2.4 = 0.6 errors
  CHECK(share_settled(false) < 0.01);
}
