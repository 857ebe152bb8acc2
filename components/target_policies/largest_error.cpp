// SPDX-License-Identifier: MIT
// Targets where a free energy is known worst.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "liftwell/families/target_policy.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<CoarseVariable>> on;
  Input<FreeEnergy> of;
  std::int64_t count = 1;
  std::vector<double> apart;
  std::optional<double> above;
  std::optional<double> up_to;

  void check(Problems& problems) const {
    if (!apart.empty() && apart.size() != on.size())
      problems.add("apart", "must have one number per coarse variable of 'on'", fmt::format("{} numbers", apart.size()),
                   fmt::format("{} numbers", on.size()));
  }
};

/// Centres of the bins with the largest standard errors, the largest first, each at least `apart` from those chosen
/// before it in one variable or more. An error that could not be estimated counts as infinite; bins that nobody
/// visited have no error and are left to frontier and gaps. A window adds frames about its centre, and more of them
/// make the error there smaller. The targets are exhausted when no error is above `above`.
class LargestError final : public TargetPolicy {
 public:
  explicit LargestError(const Options& options) : options_(options), coarse_(options.on) {}

  const CoarseMap& coarse() const override { return coarse_; }
  std::vector<StageReference> of() const override { return options_.of.references; }

  bool can_begin() const override { return options_.of.references.front().which != StageReference::Which::previous; }

  Targets propose(const TargetRequest& request) const override {
    const std::string name = options_.of.references.front().text();
    const auto found = request.free_energies.find(name);
    if (found == request.free_energies.end())
      return {.coarse = coarse_.names(), .values = Matrix(0, coarse_.size()), .note = "there is no " + name + " yet"};
    const FreeEnergy& estimate = *found->second;
    const std::vector<Index> bins = by_error(estimate);
    std::vector<Index> chosen;
    for (const Index bin : bins) {
      if (std::ssize(chosen) == options_.count) break;
      if (std::all_of(chosen.begin(), chosen.end(),
                      [&](Index other) { return are_apart(estimate.points.row(bin), estimate.points.row(other)); }))
        chosen.push_back(bin);
    }
    Targets out{.coarse = coarse_.names(), .values = estimate.points(chosen, Eigen::all)};
    if (chosen.empty()) {
      out.note = name + " has no bin to choose from";
      return out;
    }
    const double largest = error(estimate, bins.front());
    out.exhausted = options_.above && largest <= *options_.above;
    out.note = fmt::format("largest standard error of {}: {:.3g}, at {:.4g}; {} targets", name, largest,
                           fmt::join(Vector(estimate.points.row(bins.front())), ", "), chosen.size());
    return out;
  }

 private:
  static double error(const FreeEnergy& estimate, Index bin) {
    const double value = estimate.standard_errors[bin];
    return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
  }

  /// Visited bins, the largest error first, equal ones in the order of the grid.
  std::vector<Index> by_error(const FreeEnergy& estimate) const {
    std::vector<Index> bins;
    for (Index i = 0; i < estimate.values.size(); ++i)
      if (std::isfinite(estimate.values[i]) && !(options_.up_to && estimate.values[i] > *options_.up_to))
        bins.push_back(i);
    std::stable_sort(bins.begin(), bins.end(),
                     [&](Index a, Index b) { return error(estimate, a) > error(estimate, b); });
    return bins;
  }

  template <class A, class B>
  bool are_apart(const A& a, const B& b) const {
    for (std::size_t k = 0; k < options_.apart.size(); ++k) {
      const auto at = static_cast<Index>(k);
      if (std::abs(coarse_.difference(at, a[at], b[at])) >= options_.apart[k] * (1 - 1e-9)) return true;
    }
    return options_.apart.empty();
  }

  Options options_;
  CoarseMap coarse_;
};

}  // namespace

LIFTWELL_COMPONENT(largest_error) {
  return Declaration<TargetPolicy, Options>("largest_error", "Targets where a free energy has its largest errors.")
      .reference("Textbook: greedy placement of samples where the standard error is largest.")
      .parameter("on", &Options::on, unit::none, "Coarse variables of the targets, those of the free energy.",
                 required())
      .parameter("of", &Options::of, unit::none,
                 "The estimate stage; inside a loop usually NAME@previous, without which there are no targets in the "
                 "first cycle.",
                 required())
      .parameter("count", &Options::count, unit::none, "Most targets to choose.", at_least(1))
      .parameter("apart", &Options::apart, unit::coarse,
                 "Least distance between two targets, per coarse variable; unset: neighbouring bins will do.", above(0))
      .parameter("above", &Options::above, unit::energy,
                 "The targets are exhausted when no standard error is above this.", above(0))
      .parameter("up_to", &Options::up_to, unit::energy, "Choose among bins whose free energy is at most this.",
                 above(0))
      .example("{type: largest_error, on: {type: coordinate, index: 0}, of: profile@previous, count: 4, apart: 0.1}")
      .creates<LargestError>();
}

}  // namespace liftwell
