// SPDX-License-Identifier: MIT
// Stop when a free energy is known well enough.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "liftwell/families/stop_rule.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double value = 0;
  Input<FreeEnergy> of;
  std::optional<std::string> difference;
  std::optional<double> up_to;
};

/// With `difference`, its standard error; without, the largest standard error of F(z) over the bins
/// with F(z) ≤ up_to. An error that could not be estimated counts as infinite.
class StandardErrorBelow final : public StopRule {
 public:
  explicit StandardErrorBelow(const Options& options) : options_(options) {}

  std::vector<StageReference> of() const override { return options_.of.references; }

  std::vector<NamedResult> named() const override {
    if (!options_.difference) return {};
    return {{options_.of.references.front(), *options_.difference}};
  }

  StopVerdict judge(const StopEvidences& evidence) const override {
    const std::string& stage = options_.of.references.front().stage;
    const auto found = evidence.find(stage);
    if (found == evidence.end() || found->second.free_energy == nullptr)
      throw RunError("standard_error_below: stage '" + stage + "' left no free energy to judge");
    const FreeEnergy& result = *found->second.free_energy;
    const auto [what, error] = options_.difference ? of_difference(result, stage) : of_profile(result);
    const bool stop = error < options_.value;  // false for NaN
    return {stop, fmt::format("standard error of {} is {:.3g}, {} {:.3g}", what, error, stop ? "below" : "not below",
                              options_.value)};
  }

 private:
  std::pair<std::string, double> of_difference(const FreeEnergy& result, const std::string& stage) const {
    std::vector<std::string> names;
    for (const FreeEnergyDifference& difference : result.differences) {
      if (difference.name == *options_.difference) return {difference.name, difference.standard_error};
      names.push_back("'" + difference.name + "'");
    }
    throw RunError(fmt::format("standard_error_below: stage '{}' has no difference '{}'; it has {}", stage,
                               *options_.difference, names.empty() ? "none" : join_or(names)));
  }

  std::pair<std::string, double> of_profile(const FreeEnergy& result) const {
    double largest = 0;
    Index bins = 0;
    for (Index i = 0; i < result.values.size(); ++i) {
      if (std::isnan(result.values[i]) || (options_.up_to && result.values[i] > *options_.up_to)) continue;
      ++bins;
      const double error = result.standard_errors[i];
      largest = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(largest, error);
    }
    return {fmt::format("F over {} bins", bins), bins > 0 ? largest : std::numeric_limits<double>::infinity()};
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(standard_error_below) {
  return Declaration<StopRule, Options>("standard_error_below", "Stop when a free energy is known well enough.")
      .reference("Textbook: stopping at a target standard error.")
      .parameter("value", &Options::value, unit::energy, "The standard error to get below.", required() | above(0))
      .parameter("of", &Options::of, unit::none, "The estimate stage.", required())
      .parameter("difference", &Options::difference, unit::none,
                 "Name of the free-energy difference to judge by; without it the whole profile is judged.")
      .parameter("up_to", &Options::up_to, unit::energy,
                 "Without a difference, judge bins whose free energy is at most this.", above(0))
      .example("{type: standard_error_below, value: 0.3, of: profile, difference: basins}")
      .creates<StandardErrorBelow>();
}

}  // namespace liftwell
