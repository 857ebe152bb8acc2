// SPDX-License-Identifier: MIT
// How far two estimates of one free energy are apart, and how far they may be.
#pragma once

#include <optional>
#include <string>

#include "liftwell/families/stop_rule.hpp"

namespace liftwell {

/// What two estimates may differ by: both limits must be kept where there are two.
struct ComparisonOptions {
  double errors = 1;
  std::optional<double> tolerance;
  std::string measure = "largest";
  std::optional<std::string> difference;
  std::optional<double> up_to;
};

/// Adds the parameters of ComparisonOptions, from which `Options` is derived.
template <class Options>
Declaration<StopRule, Options>&& with_comparison(Declaration<StopRule, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<double>("errors", &Options::errors, unit::dimensionless,
                                  "Largest distance allowed, in standard errors.", above(0))
      .template parameter<std::optional<double>>("tolerance", &Options::tolerance, unit::energy,
                                                 "Largest distance allowed besides, as an energy.", above(0))
      .template parameter<std::string>("measure", &Options::measure, unit::none,
                                       "Whether the largest distance of any bin counts, or the root mean square.",
                                       one_of({"largest", "rms"}))
      .template parameter<std::optional<std::string>>(
          "difference", &Options::difference, unit::none,
          "Name of the free-energy difference to judge by; without it the profile and all differences are judged.")
      .template parameter<std::optional<double>>("up_to", &Options::up_to, unit::energy,
                                                 "Of the profile, judge bins whose free energy is at most this.",
                                                 above(0));
}

/// The difference to judge by, of every stage that is compared.
[[nodiscard]] std::vector<NamedResult> named_difference(const ComparisonOptions& options,
                                                        const std::vector<StageReference>& stages);

/// Whose standard errors a distance is measured in.
enum class ErrorOf {
  first,  ///< of the first estimate: for a change by data that both have in common
  both    ///< sqrt(a² + b²): for estimates from data of their own
};

struct ComparisonVerdict {
  bool within = false;
  std::string text;  ///< "F over 40 bins differs by 0.31 (1.4 standard errors)", limits and all
};

/// F is known up to a constant, so that profiles are compared as
///   e(z) = a(z) − b(z) − Σ p (a − b) / Σ p,   p(z) = exp(−[a(z) + b(z)]/2kT),
/// aligned at their probability-weighted means as their standard errors are, over the bins that both visited. Bins
/// that only one visited, and errors that could not be estimated, are never within. `rule` is the rule's name, for
/// messages; throws RunError when the two cannot be compared.
[[nodiscard]] ComparisonVerdict compare_estimates(const ComparisonOptions& options, const FreeEnergy& a,
                                                  const FreeEnergy& b, ErrorOf error_of, const std::string& rule);

}  // namespace liftwell
