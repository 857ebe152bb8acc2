// SPDX-License-Identifier: MIT
// Stop when any one of several rules holds.
#include "combined_rules.hpp"

namespace liftwell {

LIFTWELL_COMPONENT(any_of) {
  return Declaration<StopRule, CombinedOptions>("any_of", "Stop when any one of several rules holds.")
      .reference("Textbook: logical or.")
      .parameter("rules", &CombinedOptions::rules, unit::none, "The rules.", required())
      .example(
          "{type: any_of, rules: [{type: frontier_exhausted, of: centres}, {type: standard_error_below, value: 1, of: "
          "profile}]}")
      .creates<CombinedRules<false>>();
}

}  // namespace liftwell
