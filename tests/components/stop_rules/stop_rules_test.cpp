// SPDX-License-Identifier: MIT
// What the stop rules read and decide.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/families/stop_rule.hpp"
#include "support/evaluated.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// A profile F = 0, 1, 5 with errors 0.1, 0.2, 3 and the difference `basins` = 2 ± 0.25; targets that
/// are exhausted or not; findings.
StopEvidences evidence(bool exhausted) {
  const auto profile = std::make_shared<FreeEnergy>();
  profile->values = Eigen::Vector3d(0, 1, 5);
  profile->standard_errors = Eigen::Vector3d(0.1, 0.2, 3);
  profile->differences = {{"basins", 2, 0.25, {}}};
  const auto targets = std::make_shared<Targets>();
  targets->exhausted = exhausted;
  targets->note = "x visited";
  const auto findings = std::make_shared<Findings>();
  findings->values = {{"mixing.unmixed_windows", 2}};
  return {{"profile", {.free_energy = profile}}, {"centres", {.targets = targets}}, {"checks", {.findings = findings}}};
}

StopVerdict judge(const std::string& yaml, bool exhausted = false) {
  return make<StopRule>(yaml)->judge(evidence(exhausted));
}

}  // namespace

TEST_CASE("standard_error_below judges a difference or the profile up to an energy", "[unit]") {
  const StopVerdict verdict = judge("{type: standard_error_below, value: 0.3, of: profile, difference: basins}");
  CHECK(verdict.stop);
  CHECK(verdict.reason == "standard error of basins is 0.25, below 0.3");
  CHECK_FALSE(judge("{type: standard_error_below, value: 0.25, of: profile, difference: basins}").stop);
  CHECK(judge("{type: standard_error_below, value: 0.3, of: profile, up_to: 2}").stop);
  CHECK_FALSE(judge("{type: standard_error_below, value: 0.3, of: profile}").stop);
  CHECK_THROWS_WITH(judge("{type: standard_error_below, value: 1, of: profile, difference: wells}"),
                    Catch::Contains("no difference 'wells'; it has 'basins'"));
}

TEST_CASE("An error that could not be estimated never stops the cycle", "[unit]") {
  StopEvidences all = evidence(false);
  const auto profile = std::make_shared<FreeEnergy>(*all["profile"].free_energy);
  profile->differences[0].standard_error = std::nan("");
  profile->standard_errors[1] = std::nan("");
  all["profile"].free_energy = profile;
  CHECK_FALSE(
      make<StopRule>("{type: standard_error_below, value: 9, of: profile, difference: basins}")->judge(all).stop);
  CHECK_FALSE(make<StopRule>("{type: standard_error_below, value: 9, of: profile}")->judge(all).stop);
}

TEST_CASE("frontier_exhausted and finding_below read their artifacts", "[unit]") {
  CHECK(judge("{type: frontier_exhausted, of: centres}", true).stop);
  CHECK_FALSE(judge("{type: frontier_exhausted, of: centres}", false).stop);
  CHECK(judge("{type: finding_below, finding: mixing.unmixed_windows, value: 3, of: checks}").stop);
  CHECK_FALSE(judge("{type: finding_below, finding: mixing.unmixed_windows, value: 2, of: checks}").stop);
  CHECK_THROWS_WITH(judge("{type: finding_below, finding: mixing.unmixed_window, value: 2, of: checks}"),
                    Catch::Contains("did you mean 'mixing.unmixed_windows'?"));
  CHECK_THROWS_AS(judge("{type: frontier_exhausted, of: nowhere}"), RunError);
}

TEST_CASE("all_of and any_of combine rules and read everything their rules read", "[unit]") {
  const std::string rules =
      "rules: [{type: frontier_exhausted, of: centres}, {type: standard_error_below, value: 0.3, of: profile, "
      "difference: basins}]}";
  CHECK_FALSE(judge("{type: all_of, " + rules, false).stop);
  CHECK(judge("{type: all_of, " + rules, true).stop);
  const StopVerdict any = judge("{type: any_of, " + rules, false);
  CHECK(any.stop);
  CHECK(any.rule == "standard_error_below");
  CHECK(any.reason ==
        "frontier_exhausted: there are new targets: x visited; standard_error_below: standard error of basins is 0.25, "
        "below 0.3");
  CHECK(judge("{type: any_of, " + rules, true).rule == "frontier_exhausted, standard_error_below");
  CHECK(judge("{type: all_of, " + rules, true).rule == "frontier_exhausted, standard_error_below");
  const std::string nested = "{type: any_of, rules: [{type: all_of, " + rules +
                             ", {name: small_error, type: standard_error_below, value: 3, of: profile, difference: "
                             "basins}]}";
  CHECK(judge(nested, false).rule == "small_error");
  const auto references = make<StopRule>("{type: all_of, " + rules)->of();
  REQUIRE(references.size() == 2);
  CHECK(references[0].stage == "centres");
  CHECK(references[0].artifact_type == "targets");
  CHECK(references[1].stage == "profile");
  CHECK(references[1].artifact_type == "free_energy");
}
