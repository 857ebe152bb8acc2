// SPDX-License-Identifier: MIT
// Stop when two estimates of one free energy agree.
#include <fmt/format.h>

#include "estimate_comparison.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : ComparisonOptions {
  Options() { errors = 3; }
  Inputs<FreeEnergy> of;

  void check(Problems& problems) const {
    if (of.references.size() != 2 || of.references[0].stage == of.references[1].stage)
      problems.add("of", "must name two estimate stages", fmt::format("{} names", of.references.size()),
                   "two different stages");
  }
};

/// For two estimates from data of their own, such as windows that were started by two policies, or by two estimators
/// from the same data (whose common errors make agreement easier). Large errors agree with anything: combine it with
/// standard_error_below under all_of, or give a tolerance.
class EstimatesAgree final : public StopRule {
 public:
  explicit EstimatesAgree(const Options& options) : options_(options) {}

  std::vector<StageReference> of() const override { return options_.of.references; }

  std::vector<NamedResult> named() const override { return named_difference(options_, of()); }

  StopVerdict judge(const StopEvidences& evidence) const override {
    std::vector<const FreeEnergy*> estimates;
    for (const StageReference& reference : options_.of.references) {
      const auto found = evidence.find(reference.stage);
      if (found == evidence.end() || found->second.free_energy == nullptr)
        throw RunError("estimates_agree: stage '" + reference.stage + "' left no free energy to judge");
      estimates.push_back(found->second.free_energy.get());
    }
    const ComparisonVerdict verdict =
        compare_estimates(options_, *estimates.at(0), *estimates.at(1), ErrorOf::both, "estimates_agree");
    return {verdict.within, fmt::format("between {} and {}, {}", options_.of.references[0].stage,
                                        options_.of.references[1].stage, verdict.text)};
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(estimates_agree) {
  return with_comparison(
             Declaration<StopRule, Options>("estimates_agree", "Stop when two estimates of one free energy agree.")
                 .reference("Textbook: z = (a - b)/sqrt(s_a^2 + s_b^2).")
                 .parameter("of", &Options::of, unit::none, "The two estimate stages.", required()))
      .example("{type: estimates_agree, of: [from_a, from_b], errors: 3, tolerance: 1}")
      .creates<EstimatesAgree>();
}

}  // namespace liftwell
