// SPDX-License-Identifier: MIT
// The pieces of the report page: escaped text, numbers for people, tables.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/data/table.hpp"

namespace liftwell::html {

[[nodiscard]] std::string escaped(std::string_view text);

/// Five significant digits with a true minus sign; "–" for null and what is not a finite number.
[[nodiscard]] std::string number(double value);
[[nodiscard]] std::string number(const nlohmann::json& value);
/// Whole numbers in groups of three.
[[nodiscard]] std::string count(const nlohmann::json& value);
/// "35.2 ± 1.1": the error with two significant digits, the value to the same place.
[[nodiscard]] std::string with_error(double value, double standard_error);
/// Seconds as "412 ms", "12.3 s", "4:05 min" or "2:07 h".
[[nodiscard]] std::string duration(double seconds);

/// A table under construction. Cells are finished HTML; columns of numbers stand right.
class TableBuilder {
 public:
  explicit TableBuilder(std::vector<std::string> heads, std::vector<bool> words = {});
  void row(const std::vector<std::string>& cells);
  [[nodiscard]] bool empty() const { return rows_ == 0; }
  /// Wide tables scroll inside their own box.
  [[nodiscard]] std::string str() const;

 private:
  std::vector<bool> words_;
  std::string out_;
  int rows_ = 0;
};

/// A table that a stage made.
[[nodiscard]] std::string table(const Table& table);

/// A section with a heading; nothing at all when `body` is empty.
[[nodiscard]] std::string section(std::string_view heading, const std::string& body);
[[nodiscard]] std::string folded(std::string_view label, const std::string& body);

/// The value under `key`, or null where it is absent.
[[nodiscard]] const nlohmann::json& at(const nlohmann::json& object, const std::string& key);
[[nodiscard]] std::string text(const nlohmann::json& object, const std::string& key);
/// NaN for null and for what is no number.
[[nodiscard]] double real(const nlohmann::json& value);

/// The style sheet of the page.
[[nodiscard]] std::string_view style();

}  // namespace liftwell::html
