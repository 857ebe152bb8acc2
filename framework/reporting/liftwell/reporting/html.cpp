// SPDX-License-Identifier: MIT
#include "liftwell/reporting/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/reporting/svg_canvas.hpp"

namespace liftwell::html {
namespace {

constexpr std::string_view minus = "\u2212";
constexpr std::string_view absent = "\u2013";

std::string signed_text(double value, const std::string& digits) {
  return value < 0 && digits.find_first_of("123456789") != std::string::npos ? std::string(minus) + digits : digits;
}

std::string cell(const Cell& value, const Column& column) {
  if (const auto* words = std::get_if<std::string>(&value)) return escaped(*words);
  const double real_value = std::get<double>(value);
  if (!std::isfinite(real_value)) return std::string(absent);
  const double size = std::abs(real_value);
  if (size >= 1e7 && column.decimals > 0) return signed_text(real_value, fmt::format("{:.{}e}", size, column.decimals));
  return signed_text(real_value, fmt::format("{:.{}f}", size, column.decimals));
}

}  // namespace

std::string escaped(std::string_view text) { return svg::escaped(text); }

std::string number(double value) {
  if (!std::isfinite(value)) return std::string(absent);
  return signed_text(value, fmt::format("{:.5g}", std::abs(value)));
}

std::string number(const nlohmann::json& value) { return number(real(value)); }

std::string count(const nlohmann::json& value) {
  if (!value.is_number()) return std::string(absent);
  std::string digits = fmt::format("{:.0f}", std::abs(value.get<double>()));
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<std::size_t>(place), "\u202f");  // a narrow space that does not break lines
  return signed_text(value.get<double>(), digits);
}

std::string with_error(double value, double standard_error) {
  if (!std::isfinite(value)) return std::string(absent);
  if (!std::isfinite(standard_error) || standard_error <= 0) return number(value);
  const int place = static_cast<int>(std::floor(std::log10(standard_error)));
  const int decimals = std::clamp(1 - place, 0, 9);
  return signed_text(value, fmt::format("{:.{}f}", std::abs(value), decimals)) +
         fmt::format(" ± {:.{}f}", standard_error, decimals);
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return std::string(absent);
  if (seconds < 1) return fmt::format("{:.0f} ms", 1000 * seconds);
  if (seconds < 100) return fmt::format("{:.1f} s", seconds);
  const long whole = std::lround(seconds);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

TableBuilder::TableBuilder(std::vector<std::string> heads, std::vector<bool> words) : words_(std::move(words)) {
  words_.resize(heads.size(), false);
  out_ = "<div class=\"wide\"><table>\n<thead><tr>";
  for (std::size_t c = 0; c < heads.size(); ++c)
    out_ += fmt::format("<th scope=\"col\"{}>{}</th>", words_[c] ? " class=\"words\"" : "", heads[c]);
  out_ += "</tr></thead>\n<tbody>\n";
}

void TableBuilder::row(const std::vector<std::string>& cells) {
  out_ += "<tr>";
  for (std::size_t c = 0; c < words_.size(); ++c)
    out_ += fmt::format("<td{}>{}</td>", words_[c] ? " class=\"words\"" : "", c < cells.size() ? cells[c] : "");
  out_ += "</tr>\n";
  ++rows_;
}

std::string TableBuilder::str() const { return rows_ == 0 ? std::string() : out_ + "</tbody></table></div>\n"; }

std::string table(const Table& table) {
  std::vector<std::string> heads;
  std::vector<bool> words;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    heads.push_back(escaped(column.unit.empty() ? column.name : column.name + " [" + column.unit + "]"));
    words.push_back(!table.rows.empty() && c < table.rows[0].size() &&
                    std::holds_alternative<std::string>(table.rows[0][c]));
  }
  TableBuilder out(heads, words);
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (std::size_t c = 0; c < std::min(row.size(), table.columns.size()); ++c)
      cells.push_back(cell(row[c], table.columns[c]));
    out.row(cells);
  }
  if (out.empty()) return {};
  return (table.title.empty() ? "" : "<h3>" + escaped(table.title) + "</h3>\n") + out.str();
}

std::string section(std::string_view heading, const std::string& body) {
  if (body.empty()) return {};
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", escaped(heading), body);
}

std::string folded(std::string_view label, const std::string& body) {
  return fmt::format("<details><summary>{}</summary>\n{}</details>\n", escaped(label), body);
}

const nlohmann::json& at(const nlohmann::json& object, const std::string& key) {
  static const nlohmann::json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string text(const nlohmann::json& object, const std::string& key) {
  const nlohmann::json& value = at(object, key);
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump();
}

double real(const nlohmann::json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

std::string_view style() {
  return R"(
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 1120px; padding: 24px 28px 60px; background: #fff; color: #1a1a1a;
  font: 16px/1.5 Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 28px; margin: 0; } h2 { font-size: 21px; margin: 38px 0 10px; border-bottom: 1px solid #d0d0d0; }
h3 { font-size: 16px; margin: 22px 0 6px; }
.status { display: inline-block; margin: 10px 0 4px; padding: 3px 12px; border-radius: 4px; font-weight: bold; }
.good { background: #d5efe5; color: #00513a; } .fair { background: #fbe9c6; color: #5f4100; }
.poor { background: #f8dccb; color: #7a3200; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; }
.tile { border: 1px solid #d0d0d0; border-radius: 6px; padding: 10px 16px; min-width: 150px; }
.tile .label { font-size: 14px; color: #444; } .tile .value { font-size: 23px; font-weight: bold; }
.tile .note { font-size: 14px; color: #333; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(460px, 1fr)); gap: 22px; }
figure { margin: 0; } figure svg { width: 100%; height: auto; } figcaption { font-size: 14px; color: #333; }
.wide { overflow-x: auto; margin: 8px 0; }
table { border-collapse: collapse; font-size: 14.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px; border-bottom: 1px solid #e2e2e2; text-align: right; white-space: nowrap; }
th { border-bottom: 2px solid #555; } .words { text-align: left; } td.words { white-space: normal; }
.bar { display: inline-block; height: 9px; background: #0072b2; border-radius: 2px; }
pre { background: #f6f6f6; padding: 12px; overflow-x: auto; font-size: 13px; line-height: 1.4; }
code { font-size: 13px; overflow-wrap: anywhere; }
details { margin: 8px 0; } summary { cursor: pointer; }
@media (max-width: 560px) { .figures { grid-template-columns: 1fr; } body { padding: 14px; } }
@media print { section { break-inside: avoid; } details { display: none; } }
)";
}

}  // namespace liftwell::html
