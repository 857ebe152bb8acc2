// SPDX-License-Identifier: MIT
// Stop when no new target is left.
#include "liftwell/families/stop_rule.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Input<Targets> of;
};

class FrontierExhausted final : public StopRule {
 public:
  explicit FrontierExhausted(const Options& options) : options_(options) {}

  std::vector<StageReference> of() const override { return options_.of.references; }

  StopVerdict judge(const StopEvidences& evidence) const override {
    const std::string& stage = options_.of.references.front().stage;
    const auto found = evidence.find(stage);
    if (found == evidence.end() || found->second.targets == nullptr)
      throw RunError("frontier_exhausted: stage '" + stage + "' left no targets to judge");
    const Targets& targets = *found->second.targets;
    return {targets.exhausted,
            (targets.exhausted ? "no new target is left: " : "there are new targets: ") + targets.note};
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(frontier_exhausted) {
  return Declaration<StopRule, Options>("frontier_exhausted", "Stop when no new target is left.")
      .reference("Chiavazzo et al., PNAS 114, E5494 (2017), for exploring from the edge of what is known.")
      .parameter("of", &Options::of, unit::none, "The targets stage.", required())
      .example("{type: frontier_exhausted, of: centres}")
      .creates<FrontierExhausted>();
}

}  // namespace liftwell
