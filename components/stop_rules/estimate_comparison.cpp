// SPDX-License-Identifier: MIT
#include "estimate_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace liftwell {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

double combined(double first, double second, ErrorOf error_of) {
  return error_of == ErrorOf::first ? first : std::hypot(first, second);
}

/// Distance in errors; infinite where the error is not known.
double in_errors(double distance, double error) {
  if (std::isnan(error)) return infinite;
  return distance == 0 ? 0 : std::abs(distance) / error;
}

/// Collects what is apart, and the words about it.
class Judge {
 public:
  explicit Judge(const ComparisonOptions& options) : options_(options) {}

  void add(const std::string& what, double distance, double errors) {
    const bool good = errors <= options_.errors && !(options_.tolerance && !(distance <= *options_.tolerance));
    add(good, fmt::format("{} differs by {:.3g} ({:.3g} standard errors)", what, distance, errors));
  }
  void add(bool good, const std::string& text) {
    out_.within &= good;
    out_.text += (out_.text.empty() ? "" : ", ") + text;
  }
  [[nodiscard]] ComparisonVerdict verdict() && {
    out_.text += fmt::format("; allowed are {:.3g} standard errors", options_.errors);
    if (options_.tolerance) out_.text += fmt::format(" and {:.3g}", *options_.tolerance);
    return std::move(out_);
  }

 private:
  const ComparisonOptions& options_;
  ComparisonVerdict out_{.within = true, .text = {}};
};

void compare_profiles(const ComparisonOptions& options, const FreeEnergy& a, const FreeEnergy& b, ErrorOf error_of,
                      Judge& judge) {
  const auto wanted = [&](double value) { return std::isfinite(value) && !(options.up_to && value > *options.up_to); };
  std::vector<Index> common;
  Index of_one = 0;
  double weight = 0, offset = 0;
  for (Index i = 0; i < a.values.size(); ++i) {
    const bool both = std::isfinite(a.values[i]) && std::isfinite(b.values[i]);
    if (!wanted(a.values[i]) && !wanted(b.values[i])) continue;
    if (!both) {
      ++of_one;
      continue;
    }
    common.push_back(i);
    const double p = std::exp(-(a.values[i] + b.values[i]) / (2 * a.thermal_energy));
    weight += p;
    offset += p * (a.values[i] - b.values[i]);
  }
  if (common.empty()) return judge.add(false, "F has no bin that both estimates visited");
  double largest = 0, largest_errors = 0, squares = 0, squares_errors = 0;
  for (const Index i : common) {
    const double distance = a.values[i] - b.values[i] - offset / weight;
    const double errors = in_errors(distance, combined(a.standard_errors[i], b.standard_errors[i], error_of));
    largest = std::max(largest, std::abs(distance));
    largest_errors = std::max(largest_errors, errors);
    squares += distance * distance / static_cast<double>(common.size());
    squares_errors += errors * errors / static_cast<double>(common.size());
  }
  const std::string what = fmt::format("F over {} bins", common.size());
  if (options.measure == "rms")
    judge.add(what, std::sqrt(squares), std::sqrt(squares_errors));
  else
    judge.add(what, largest, largest_errors);
  if (of_one > 0) judge.add(false, fmt::format("{} bins were visited by only one of the two", of_one));
}

const FreeEnergyDifference* find(const FreeEnergy& estimate, const std::string& name) {
  for (const FreeEnergyDifference& difference : estimate.differences)
    if (difference.name == name) return &difference;
  return nullptr;
}

void compare_differences(const FreeEnergyDifference& a, const FreeEnergyDifference& b, ErrorOf error_of, Judge& judge) {
  if (std::isnan(a.value) && std::isnan(b.value))
    return judge.add(false, a.name + " is known to neither, because one of its regions was never visited");
  const double distance = std::abs(a.value - b.value);
  judge.add(a.name, distance, in_errors(distance, combined(a.standard_error, b.standard_error, error_of)));
}

}  // namespace

std::vector<NamedResult> named_difference(const ComparisonOptions& options, const std::vector<StageReference>& stages) {
  std::vector<NamedResult> out;
  if (!options.difference) return out;
  for (const StageReference& stage : stages) out.push_back({stage, *options.difference});
  return out;
}

ComparisonVerdict compare_estimates(const ComparisonOptions& options, const FreeEnergy& a, const FreeEnergy& b,
                                    ErrorOf error_of, const std::string& rule) {
  if (a.coarse != b.coarse || a.points.rows() != b.points.rows() || a.points != b.points)
    throw RunError(rule + ": the two estimates are not on the same grid");
  Judge judge(options);
  if (options.difference) {
    const FreeEnergyDifference *first = find(a, *options.difference), *second = find(b, *options.difference);
    if (first == nullptr || second == nullptr) {
      std::vector<std::string> names;
      for (const FreeEnergyDifference& difference : a.differences) names.push_back("'" + difference.name + "'");
      throw RunError(fmt::format("{}: there is no difference '{}' in both estimates; there is {}", rule,
                                 *options.difference, names.empty() ? "none" : join_or(names)));
    }
    compare_differences(*first, *second, error_of, judge);
    return std::move(judge).verdict();
  }
  compare_profiles(options, a, b, error_of, judge);
  for (const FreeEnergyDifference& difference : a.differences)
    if (const auto* other = find(b, difference.name)) compare_differences(difference, *other, error_of, judge);
  return std::move(judge).verdict();
}

}  // namespace liftwell
