// SPDX-License-Identifier: MIT
// A text and its lines: turns byte positions into the columns an editor shows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/base/diagnostic.hpp"

namespace liftwell {

class SourceText {
 public:
  /// A byte order mark is left out.
  SourceText(std::string text, std::string source);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// Line `number` (from 1), or "" beyond the end.
  [[nodiscard]] std::string_view line(int number) const;
  /// From a line and a column in bytes, both counted from 0.
  [[nodiscard]] Location location(int line, int byte_column) const;
  /// False when a quote that opens there (line and byte column from 0) has no end. The YAML parser
  /// takes the end of the file for one.
  [[nodiscard]] bool quote_closes(int line, int byte_column) const;
  /// The first place that is not UTF-8 text, if any.
  [[nodiscard]] std::optional<Diagnostic> first_unreadable() const;

 private:
  std::string text_;
  std::string source_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace liftwell
