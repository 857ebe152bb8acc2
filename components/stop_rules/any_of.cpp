// SPDX-License-Identifier: MIT
// Stop when any one of several rules holds.
#include <fmt/format.h>

#include "liftwell/families/stop_rule.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<StopRule>> rules;

  void check(Problems& problems) const {
    if (rules.empty()) problems.add("rules", "must list at least one rule");
  }
};

class AnyOf final : public StopRule {
 public:
  explicit AnyOf(const Options& options) {
    for (const auto& rule : options.rules) rules_.push_back({rule.name(), rule.build()});
  }

  std::vector<StageReference> of() const override {
    std::vector<StageReference> all;
    for (const auto& [name, rule] : rules_)
      for (auto& reference : rule->of()) all.push_back(std::move(reference));
    return all;
  }

  StopVerdict judge(const StopEvidences& evidence) const override {
    StopVerdict out{.stop = false};
    for (const auto& [name, rule] : rules_) {
      const StopVerdict verdict = rule->judge(evidence);
      out.stop |= verdict.stop;
      out.reason += fmt::format("{}{}: {}", out.reason.empty() ? "" : "; ", name, verdict.reason);
      if (!verdict.stop) continue;
      out.rule += fmt::format("{}{}", out.rule.empty() ? "" : ", ", verdict.rule.empty() ? name : verdict.rule);
    }
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::unique_ptr<StopRule>>> rules_;  ///< with their names
};

}  // namespace

LIFTWELL_COMPONENT(any_of) {
  return Declaration<StopRule, Options>("any_of", "Stop when any one of several rules holds.")
      .reference("Textbook: logical or.")
      .parameter("rules", &Options::rules, unit::none, "The rules.", required())
      .example(
          "{type: any_of, rules: [{type: frontier_exhausted, of: centres}, {type: standard_error_below, value: 1, of: "
          "profile}]}")
      .creates<AnyOf>();
}

}  // namespace liftwell
