// SPDX-License-Identifier: MIT
#include "liftwell/reporting/chart_figure.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "liftwell/store/table_json.hpp"

namespace liftwell {
namespace {

using Json = nlohmann::json;

constexpr std::array<const char*, 3> looks{"estimates", "single", "exact"};

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double value : values) out.push_back(json_number(value));
  return out;
}

std::vector<double> numbers_from(const Json& json) {
  std::vector<double> out;
  for (const Json& value : json) out.push_back(number_from(value));
  return out;
}

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

Json to_json(const Chart& chart) {
  Json curves = Json::array();
  for (const Chart::Curve& curve : chart.curves)
    curves.push_back({{"name", curve.name},
                      {"look", looks.at(static_cast<std::size_t>(curve.look))},
                      {"x", numbers(curve.x)},
                      {"y", numbers(curve.y)},
                      {"half_width", numbers(curve.half_width)},
                      {"colour", curve.colour}});
  return {{"title", chart.title},       {"caption", chart.caption}, {"x_label", chart.x_label},
          {"x_names", chart.x_names},   {"y_label", chart.y_label}, {"y_unit", chart.y_unit},
          {"curves", std::move(curves)}};
}

Chart chart_from(const Json& json) {
  Chart chart{json.at("title"), json.at("caption"), json.at("x_label"), {}, json.at("y_label"), json.at("y_unit"), {}};
  chart.x_names = json.at("x_names").get<std::vector<std::string>>();
  for (const Json& entry : json.at("curves")) {
    Chart::Curve& curve = chart.curves.emplace_back();
    curve.name = entry.at("name");
    for (std::size_t look = 0; look < looks.size(); ++look)
      if (entry.at("look") == looks.at(look)) curve.look = static_cast<Chart::Look>(look);
    curve.x = numbers_from(entry.at("x"));
    curve.y = numbers_from(entry.at("y"));
    curve.half_width = numbers_from(entry.at("half_width"));
    curve.colour = entry.at("colour");
  }
  return chart;
}

Figure chart_figure(const Chart& chart) {
  Figure figure;
  figure.title = chart.title;
  figure.caption = chart.caption;
  figure.x.label = chart.x_label;
  figure.x.names = chart.x_names;
  if (!chart.x_names.empty()) {
    figure.x.low = -0.5;
    figure.x.high = static_cast<double>(chart.x_names.size()) - 0.5;
  }
  figure.y.label = chart.y_label;
  figure.y.unit = chart.y_unit;
  for (const Chart::Curve& curve : chart.curves) {
    Series series{curve.name, Series::Look::points, curve.x, curve.y, curve.half_width, curve.colour};
    if (curve.look == Chart::Look::exact) series.look = Series::Look::dashed;
    if (curve.look == Chart::Look::single) series.opacity = 0.3;
    figure.series.push_back(std::move(series));
  }
  return figure;
}

std::string to_csv(const Table& table) {
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    out += (c > 0 ? "," : "") + csv_text(column.unit.empty() ? column.name : column.name + " [" + column.unit + "]");
  }
  out += "\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) out += ",";
      if (const auto* words = std::get_if<std::string>(&row[c]))
        out += csv_text(*words);
      else if (const double number = std::get<double>(row[c]); !std::isnan(number))
        out += fmt::format("{}", number);
    }
    out += "\n";
  }
  return out;
}

}  // namespace liftwell
