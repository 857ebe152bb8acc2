// SPDX-License-Identifier: MIT
// What rules made of other rules share.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/stop_rule.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {

struct CombinedOptions {
  std::vector<Component<StopRule>> rules;

  void check(Problems& problems) const {
    if (rules.empty()) problems.add("rules", "must list at least one rule");
  }
};

/// Judges all rules, so that the report says of each why it holds or not.
template <bool every>
class CombinedRules final : public StopRule {
 public:
  explicit CombinedRules(const CombinedOptions& options) {
    for (const auto& rule : options.rules) rules_.push_back({rule.name(), rule.build()});
  }

  std::vector<StageReference> of() const override {
    std::vector<StageReference> all;
    for (const auto& [name, rule] : rules_)
      for (auto& reference : rule->of()) all.push_back(std::move(reference));
    return all;
  }

  std::vector<NamedResult> named() const override {
    std::vector<NamedResult> all;
    for (const auto& [name, rule] : rules_)
      for (auto& result : rule->named()) all.push_back(std::move(result));
    return all;
  }

  StopVerdict judge(const StopEvidences& evidence) const override {
    StopVerdict out{.stop = every};
    for (const auto& [name, rule] : rules_) {
      const StopVerdict verdict = rule->judge(evidence);
      out.stop = every ? out.stop && verdict.stop : out.stop || verdict.stop;
      out.reason += fmt::format("{}{}: {}", out.reason.empty() ? "" : "; ", name, verdict.reason);
      if (!verdict.stop) continue;
      out.rule += fmt::format("{}{}", out.rule.empty() ? "" : ", ", verdict.rule.empty() ? name : verdict.rule);
    }
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::unique_ptr<StopRule>>> rules_;  ///< with their names
};

}  // namespace liftwell
