// SPDX-License-Identifier: MIT
// A small table of numbers and words, for terminals, reports and JSON alike.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace liftwell {

/// One cell: text, or a number (NaN prints as "-").
using Cell = std::variant<std::string, double>;

struct Column {
  std::string name;
  std::string unit;  ///< "" for words and counts
  int decimals = 3;  ///< digits after the point; 0 for counts
};

struct Table {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;

  /// Aligned plain text with a header line, for a terminal of any width.
  [[nodiscard]] std::string text() const;
};

}  // namespace liftwell
