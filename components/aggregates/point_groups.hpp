// SPDX-License-Identifier: MIT
// Points of a sweep that differ only in axes that are averaged over, and the statistics of one result
// over them.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "liftwell/families/aggregate.hpp"

namespace liftwell {

struct PointGroup {
  std::vector<std::string> values;  ///< one per axis that is kept
  std::vector<std::size_t> points;  ///< places in SweepResults::points, ascending
};

/// In the order of their first points. `kept` are places of axes.
[[nodiscard]] inline std::vector<PointGroup> group_points(const SweepResults& results,
                                                          const std::vector<std::size_t>& kept) {
  std::vector<PointGroup> out;
  for (std::size_t p = 0; p < results.points.size(); ++p) {
    std::vector<std::string> values;
    for (const std::size_t axis : kept) values.push_back(results.points[p].values[axis]);
    auto same = std::find_if(out.begin(), out.end(), [&](const PointGroup& g) { return g.values == values; });
    if (same == out.end()) same = out.insert(out.end(), {std::move(values), {}});
    same->points.push_back(p);
  }
  return out;
}

/// Of the finite values among those of a group. What is not defined (no values, no exact value, the
/// spread of a single one) is NaN.
struct GroupStatistics {
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::size_t points = 0;
  std::size_t missing = 0;     ///< points that failed or do not have this result
  std::size_t not_finite = 0;  ///< points whose result is not a finite number; in no other figure
  double mean = nan;
  double deviation = nan;       ///< standard deviation of a single value, divisor n − 1
  double standard_error = nan;  ///< of the mean: deviation / sqrt(n)
  double low = nan, high = nan;
  double reported_error = nan;  ///< root mean square of the standard errors that the points report
  double exact = nan;           ///< NaN also where it is not the same for all
  double rms_error = nan;       ///< root mean square of value − exact
  std::size_t intervals = 0;    ///< values with a finite standard error and an exact value,
  std::size_t covered = 0;      ///< and those of them within 1.96 standard errors of it
};

[[nodiscard]] inline GroupStatistics statistics_of(const std::vector<std::optional<ResultValue>>& results) {
  constexpr double normal_95 = 1.96;
  GroupStatistics out;
  out.points = results.size();
  double sum = 0, errors = 0, reported = 0;
  std::size_t n = 0, with_exact = 0, with_error = 0;
  for (const auto& result : results) {
    if (!result) {
      ++out.missing;
      continue;
    }
    const double value = result->value;
    if (!std::isfinite(value)) {
      ++out.not_finite;
      continue;
    }
    sum += value;
    out.low = n == 0 ? value : std::min(out.low, value);
    out.high = n == 0 ? value : std::max(out.high, value);
    ++n;
    const bool has_error = std::isfinite(result->standard_error);
    const bool has_exact = std::isfinite(result->exact);
    if (has_error) reported += result->standard_error * result->standard_error;
    with_error += has_error ? 1 : 0;
    if (!has_exact) continue;
    out.exact = with_exact == 0 || out.exact == result->exact ? result->exact : GroupStatistics::nan;
    ++with_exact;
    errors += (value - result->exact) * (value - result->exact);
    if (!has_error) continue;
    ++out.intervals;
    if (std::abs(value - result->exact) <= normal_95 * result->standard_error) ++out.covered;
  }
  if (with_error > 0) out.reported_error = std::sqrt(reported / static_cast<double>(with_error));
  if (with_exact > 0) out.rms_error = std::sqrt(errors / static_cast<double>(with_exact));
  if (n == 0) return out;
  out.mean = sum / static_cast<double>(n);
  if (n < 2) return out;
  double squares = 0;  // around the mean: exact to rounding however far the values are from zero
  for (const auto& result : results)
    if (result && std::isfinite(result->value)) squares += (result->value - out.mean) * (result->value - out.mean);
  out.deviation = std::sqrt(squares / static_cast<double>(n - 1));
  out.standard_error = out.deviation / std::sqrt(static_cast<double>(n));
  return out;
}

/// The axis values as numbers where all are, else nothing.
[[nodiscard]] inline std::optional<std::vector<double>> as_numbers(const std::vector<std::string>& values) {
  std::vector<double> out;
  for (const std::string& text : values) {
    char* end = nullptr;
    out.push_back(std::strtod(text.c_str(), &end));
    if (text.empty() || *end != '\0' || !std::isfinite(out.back())) return std::nullopt;
  }
  return out;
}

}  // namespace liftwell
