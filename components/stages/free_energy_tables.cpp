// SPDX-License-Identifier: MIT
#include "free_energy_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace liftwell {
namespace {

/// Of a plane nobody reads a thousand rows; summary.json and the figure have them all.
constexpr std::ptrdiff_t most_rows = 200;
constexpr std::size_t lowest_rows = 20;

}  // namespace

void show_free_energy(const FreeEnergy& result, StageContext& context) {
  const bool exact = result.reference.size() > 0;
  Table profile{"Free energy of " + context.stage() + " (" + result.estimator + ")", {}, {}};
  for (const std::string& name : result.coarse) profile.columns.push_back({name, "", 3});
  profile.columns.push_back({"F", result.unit, 3});
  profile.columns.push_back({"standard error", result.unit, 3});
  if (exact) profile.columns.push_back({"exact F", result.unit, 3});
  for (Index i = 0; i < result.points.rows(); ++i) {
    if (std::isnan(result.values(i)) && !(exact && result.reference(i) < 10 * result.thermal_energy)) continue;
    std::vector<Cell> row;
    for (Index k = 0; k < result.points.cols(); ++k) row.emplace_back(result.points(i, k));
    row.emplace_back(result.values(i));
    row.emplace_back(result.standard_errors(i));
    if (exact) row.emplace_back(result.reference(i));
    profile.rows.push_back(std::move(row));
  }
  if (std::ssize(profile.rows) > most_rows) {
    const auto value = static_cast<std::size_t>(result.points.cols());
    std::stable_sort(profile.rows.begin(), profile.rows.end(), [&](const auto& a, const auto& b) {
      const double one = std::get<double>(a[value]), other = std::get<double>(b[value]);
      return std::isnan(other) ? !std::isnan(one) : one < other;
    });
    profile.title += fmt::format(", the {} lowest of {} bins", lowest_rows, profile.rows.size());
    profile.rows.resize(lowest_rows);
  }
  context.show(profile);
  if (!result.values.array().isFinite().any())
    context.warn("no bin of the profile has a value: none of the frames that count lies on its grid");
  for (const Table& table : result.tables) context.show(table);
  if (result.differences.empty()) return;
  Table table{"Free-energy differences of " + context.stage(),
              {{"difference", "", 0}, {"value", result.unit, 3}, {"standard error", result.unit, 3}},
              {}};
  if (exact) {
    table.columns.push_back({"exact", result.unit, 3});
    table.columns.push_back({"(value - exact)/error", "", 2});
  }
  for (const FreeEnergyDifference& difference : result.differences) {
    std::vector<Cell> row{difference.name, difference.value, difference.standard_error};
    if (difference.reference) {
      row.emplace_back(*difference.reference);
      row.emplace_back((difference.value - *difference.reference) / difference.standard_error);
    }
    table.rows.push_back(std::move(row));
  }
  context.show(table);
}

}  // namespace liftwell
