// SPDX-License-Identifier: MIT
#include "groups.hpp"

#include <algorithm>
#include <cmath>

namespace liftwell {
namespace {

const std::string group_table = "Free energy of groups that nothing connects, each from its own minimum";

/// The table of further groups, made when there is none yet.
Table& groups_of(FreeEnergy& whole) {
  for (Table& table : whole.tables)
    if (table.title == group_table) return table;
  Table table{group_table, {{"group", "", 0}}, {}};
  for (const std::string& name : whole.coarse) table.columns.push_back({name, "", 3});
  table.columns.push_back({"F", whole.unit, 3});
  table.columns.push_back({"standard error", whole.unit, 3});
  return whole.tables.emplace_back(std::move(table));
}

}  // namespace

void add_group(FreeEnergy& whole, const FreeEnergy& part, const std::string& name) {
  constexpr std::ptrdiff_t most_rows = 400;
  const Index bins = part.values.array().isFinite().count();
  if (bins == 0) {
    whole.notes.push_back(name + ": none of their frames lies in the bins of the profile");
  } else if (Table& table = groups_of(whole); std::ssize(table.rows) + bins > most_rows) {
    whole.notes.push_back(name + ": free energy of their own not shown, the table would be too long");
  } else {
    for (Index i = 0; i < part.values.size(); ++i) {
      if (!std::isfinite(part.values[i])) continue;
      auto& row = table.rows.emplace_back(std::vector<Cell>{name});
      for (Index k = 0; k < part.points.cols(); ++k) row.emplace_back(part.points(i, k));
      row.emplace_back(part.values[i]);
      row.emplace_back(part.standard_errors[i]);
    }
    for (const Table& own : part.tables)
      if (own.title == group_table) table.rows.insert(table.rows.end(), own.rows.begin(), own.rows.end());
  }
  for (std::size_t d = 0; d < whole.differences.size(); ++d) {
    FreeEnergyDifference& difference = whole.differences[d];
    if (std::isfinite(difference.value) || !std::isfinite(part.differences[d].value)) continue;
    difference = part.differences[d];
    const std::string about = "difference '" + difference.name + "': ";
    std::erase_if(whole.notes, [&](const std::string& note) { return note.starts_with(about); });
    whole.notes.push_back(about + "lies within " + name + ", and is answered from their frames alone");
  }
  for (const std::string& note : part.notes)
    if (!note.starts_with("difference '")) whole.notes.push_back(name + ": " + note);
}

}  // namespace liftwell
