// SPDX-License-Identifier: MIT
// Stop when a cycle has not changed the free energy.
#include <fmt/format.h>

#include "estimate_comparison.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : ComparisonOptions {
  Input<FreeEnergy> of;
};

/// Compares the estimate of this cycle with that of the cycle before, in units of this cycle's standard errors: data
/// that both used make no change. The first cycle is never the last. An estimate of all cycles' data settles as they
/// become many, one of each cycle's own data changes by 1.4 standard errors for ever. A free energy can settle on
/// wrong weights of branches: see mixing and start_agreement.
class FreeEnergySettled final : public StopRule {
 public:
  explicit FreeEnergySettled(const Options& options) : options_(options) {}

  std::vector<StageReference> of() const override { return options_.of.references; }

  std::vector<NamedResult> named() const override { return named_difference(options_, of()); }

  StopVerdict judge(const StopEvidences& evidence) const override {
    const std::string& stage = options_.of.references.front().stage;
    const auto found = evidence.find(stage);
    if (found == evidence.end() || found->second.free_energy == nullptr)
      throw RunError("free_energy_settled: stage '" + stage + "' left no free energy to judge");
    const StopEvidence* before = found->second.previous.get();
    if (before == nullptr || before->free_energy == nullptr)
      return {false, "there is no cycle before to compare " + stage + " with"};
    const ComparisonVerdict verdict = compare_estimates(options_, *found->second.free_energy, *before->free_energy,
                                                        ErrorOf::first, "free_energy_settled");
    return {verdict.within, "since the cycle before, " + verdict.text};
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(free_energy_settled) {
  return with_comparison(
             Declaration<StopRule, Options>("free_energy_settled", "Stop when a cycle has not changed the free energy.")
                 .reference("Textbook: stopping at a small change, in units of the standard error.")
                 .parameter("of", &Options::of, unit::none, "The estimate stage.", required()))
      .example("{type: free_energy_settled, of: profile, errors: 1, tolerance: 0.5}")
      .creates<FreeEnergySettled>();
}

}  // namespace liftwell
