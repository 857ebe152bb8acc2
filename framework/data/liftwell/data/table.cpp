// SPDX-License-Identifier: MIT
#include "liftwell/data/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace liftwell {
namespace {

std::string cell_text(const Cell& cell, const Column& column) {
  if (const auto* words = std::get_if<std::string>(&cell)) return *words;
  const double number = std::get<double>(cell);
  if (std::isnan(number)) return "-";
  if (std::abs(number) >= 1e7 && column.decimals > 0) return fmt::format("{:.{}e}", number, column.decimals);
  return fmt::format("{:.{}f}", number, column.decimals);
}

}  // namespace

std::string Table::text() const {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns)
    lines[0].push_back(column.unit.empty() ? column.name : column.name + " [" + column.unit + "]");
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c)
      line.push_back(c < row.size() ? cell_text(row[c], columns[c]) : "");
  }
  std::vector<std::size_t> width(columns.size());
  for (const auto& line : lines)
    for (std::size_t c = 0; c < line.size(); ++c) width[c] = std::max(width[c], line[c].size());
  std::string out = title.empty() ? "" : title + "\n";
  for (std::size_t l = 0; l < lines.size(); ++l) {
    std::string text = " ";
    for (std::size_t c = 0; c < columns.size(); ++c) {
      // Words stand left, numbers right, as the first row of the column decides.
      const bool words = !rows.empty() && c < rows[0].size() && std::holds_alternative<std::string>(rows[0][c]);
      text += words ? fmt::format(" {:<{}}", lines[l][c], width[c]) : fmt::format(" {:>{}}", lines[l][c], width[c]);
      text += " ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

}  // namespace liftwell
