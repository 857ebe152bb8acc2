// SPDX-License-Identifier: MIT
// Stop when every one of several rules holds.
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

class AllOf final : public StopRule {
 public:
  explicit AllOf(const Options& options) {
    for (const auto& rule : options.rules) rules_.push_back(rule.build());
  }

  std::vector<StageReference> of() const override {
    std::vector<StageReference> all;
    for (const auto& rule : rules_)
      for (auto& reference : rule->of()) all.push_back(std::move(reference));
    return all;
  }

  StopVerdict judge(const StopEvidences& evidence) const override {
    StopVerdict out{.stop = true};
    for (const auto& rule : rules_) {
      const StopVerdict verdict = rule->judge(evidence);
      out.stop &= verdict.stop;
      out.reason += (out.reason.empty() ? "" : "; ") + verdict.reason;
    }
    return out;
  }

 private:
  std::vector<std::unique_ptr<StopRule>> rules_;
};

}  // namespace

LIFTWELL_COMPONENT(all_of) {
  return Declaration<StopRule, Options>("all_of", "Stop when every one of several rules holds.")
      .reference("Textbook: logical and.")
      .parameter("rules", &Options::rules, unit::none, "The rules.", required())
      .example(
          "{type: all_of, rules: [{type: frontier_exhausted, of: centres}, {type: standard_error_below, value: 1, of: "
          "profile}]}")
      .creates<AllOf>();
}

}  // namespace liftwell
