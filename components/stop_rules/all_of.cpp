// SPDX-License-Identifier: MIT
// Stop when every one of several rules holds.
#include "combined_rules.hpp"

namespace liftwell {

LIFTWELL_COMPONENT(all_of) {
  return Declaration<StopRule, CombinedOptions>("all_of", "Stop when every one of several rules holds.")
      .reference("Textbook: logical and.")
      .parameter("rules", &CombinedOptions::rules, unit::none, "The rules.", required())
      .example(
          "{type: all_of, rules: [{type: frontier_exhausted, of: centres}, {type: standard_error_below, value: 1, of: "
          "profile}]}")
      .creates<CombinedRules<true>>();
}

}  // namespace liftwell
