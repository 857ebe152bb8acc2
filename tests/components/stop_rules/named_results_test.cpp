// SPDX-License-Identifier: MIT
// What a rule looks for by name is known before anything runs, as far as the workflow says it.
#include <catch2/catch.hpp>

#include "support/dry_run.hpp"

using namespace liftwell::testing;
using Catch::Contains;

namespace {

std::string faults(const std::string& rule, const std::string& policy = "{type: list, on: x, values: [-1, 0, 1]}") {
  return dry_run_faults(R"(name: w
systems:
  s: {potential: {type: harmonic, centre: [0]}, temperature: 1, integrator: {type: leimkuhler_matthews, timestep: 0.01}}
coarse_variables: {x: {type: coordinate, index: 0}}
biases: {window: {type: harmonic, on: x, stiffness: 10}}
pipeline:
  start: {reinitialize: {type: single_structure, position: [0]}, system: s}
  loop:
    repeat: {at_most: 3, until: )" +
                        rule + R"(}
    stages:
      centres: {targets: )" +
                        policy + R"(}
      seeds: {reinitialize: {type: single_structure, position: [0]}, system: s, at: centres, bias: window}
      windows: {simulate: s, starts: seeds, bias: window, steps: 100, stride: 1}
      profile:
        estimate: {type: mbar}
        data: windows@all
        on: x
        low: -1
        high: 1
        bins: 8
        differences: {gap: {of: [0, 1], against: [-1, 0]}}
      bare: {estimate: {type: mbar}, data: windows@all, on: x, low: -1, high: 1, bins: 8}
      checks: {diagnose: [{type: mixing, coordinates: x}], data: windows}
)");
}

}  // namespace

TEST_CASE("a difference that the estimate is not asked for is no rule's to judge by", "[unit]") {
  CHECK(faults("{type: standard_error_below, value: 0.2, of: profile, difference: gap}").empty());
  CHECK(faults("{type: standard_error_below, value: 0.2, of: bare}").empty());
  CHECK_THAT(faults("{type: standard_error_below, value: 0.2, of: profile, difference: gapp}"),
             Contains("is not asked for a difference 'gapp'") && Contains("did you mean 'gap'?"));
  CHECK_THAT(faults("{type: free_energy_settled, of: profile, difference: pag}"),
             Contains("is not asked for a difference 'pag' ('profile'); allowed: gap"));
  CHECK_THAT(faults("{type: estimates_agree, of: [profile, bare], difference: gap}"),
             Contains("is not asked for a difference 'gap' ('bare'); allowed: 'differences' of that stage"));
  CHECK_THAT(
      faults("{type: any_of, rules: [{type: frontier_exhausted, of: centres}, {type: standard_error_below, value: "
             "0.2, of: profile, difference: gapp}]}"),
      Contains("did you mean 'gap'?"));
}

TEST_CASE("a finding of a diagnostic that the stage does not have is a slip", "[unit]") {
  CHECK(faults("{type: finding_below, finding: mixing.unmixed_windows, value: 1, of: checks}").empty());
  CHECK_THAT(faults("{type: finding_below, finding: mixng.unmixed_windows, value: 1, of: checks}"),
             Contains("has no diagnostic for 'mixng.unmixed_windows'") && Contains("did you mean 'mixing'?"));
}

TEST_CASE("targets that follow an estimate need others to begin with", "[unit]") {
  const std::string rule = "{type: frontier_exhausted, of: centres}";
  const std::string follows = "{type: largest_error, on: x, of: profile@previous}";
  CHECK_THAT(
      faults(rule, follows),
      Contains("has nothing to propose in the first cycle: there is no profile@previous") && Contains("union_of"));
  CHECK(faults(rule, "{type: union_of, policies: [{type: list, on: x, values: [0]}, " + follows + "]}").empty());
}
