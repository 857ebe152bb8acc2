// SPDX-License-Identifier: MIT
// Stop when a number found by a diagnostic is small enough.
#include <fmt/format.h>

#include "liftwell/families/stop_rule.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::string finding;
  double value = 0;
  Input<Findings> of;
};

class FindingBelow final : public StopRule {
 public:
  explicit FindingBelow(const Options& options) : options_(options) {}

  std::vector<StageReference> of() const override { return options_.of.references; }

  std::vector<NamedResult> named() const override { return {{options_.of.references.front(), options_.finding}}; }

  StopVerdict judge(const StopEvidences& evidence) const override {
    const std::string& stage = options_.of.references.front().stage;
    const auto found = evidence.find(stage);
    if (found == evidence.end() || found->second.findings == nullptr)
      throw RunError("finding_below: stage '" + stage + "' left no findings to judge");
    const auto& values = found->second.findings->values;
    const auto entry = values.find(options_.finding);
    if (entry == values.end()) {
      std::vector<std::string> names;
      for (const auto& [name, value] : values) names.push_back(name);
      const std::string near = nearest(options_.finding, names);
      throw RunError(fmt::format("finding_below: stage '{}' found no '{}'; {}", stage, options_.finding,
                                 near.empty() ? "it found " + join_or(names) : "did you mean '" + near + "'?"));
    }
    const bool stop = entry->second < options_.value;  // false for NaN
    return {stop, fmt::format("{} is {:.3g}, {} {:.3g}", options_.finding, entry->second, stop ? "below" : "not below",
                              options_.value)};
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(finding_below) {
  return Declaration<StopRule, Options>("finding_below", "Stop when a diagnostic's number is small enough.")
      .reference("Textbook: stopping at a threshold.")
      .parameter("finding", &Options::finding, unit::none, "Name of the number, such as mixing.unmixed_windows.",
                 required())
      .parameter("value", &Options::value, unit::dimensionless, "The number to get below.", required())
      .parameter("of", &Options::of, unit::none, "The diagnose stage.", required())
      .example("{type: finding_below, finding: mixing.unmixed_windows, value: 1, of: checks}")
      .creates<FindingBelow>();
}

}  // namespace liftwell
