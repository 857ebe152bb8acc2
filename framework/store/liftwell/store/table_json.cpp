// SPDX-License-Identifier: MIT
#include "liftwell/store/table_json.hpp"

#include <cmath>
#include <limits>

namespace liftwell {

using Json = nlohmann::json;

Json json_number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return {{"number", value > 0 ? "inf" : "-inf"}};
  return value;
}

double number_from(const Json& json) {
  if (json.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!json.is_object()) return json.get<double>();
  const double infinity = std::numeric_limits<double>::infinity();
  return json.at("number") == "inf" ? infinity : -infinity;
}

Json to_json(const Table& table) {
  Json out{{"title", table.title}, {"columns", Json::array()}, {"rows", Json::array()}};
  for (const Column& column : table.columns)
    out["columns"].push_back({{"name", column.name}, {"unit", column.unit}, {"decimals", column.decimals}});
  for (const auto& row : table.rows) {
    Json cells = Json::array();
    for (const Cell& cell : row) {
      if (const auto* words = std::get_if<std::string>(&cell))
        cells.push_back(*words);
      else
        cells.push_back(json_number(std::get<double>(cell)));
    }
    out["rows"].push_back(std::move(cells));
  }
  return out;
}

Table table_from(const Json& json) {
  Table table;
  table.title = json.at("title");
  for (const Json& column : json.at("columns"))
    table.columns.push_back({column.at("name"), column.at("unit"), column.at("decimals")});
  for (const Json& row : json.at("rows")) {
    auto& cells = table.rows.emplace_back();
    for (const Json& cell : row) {
      if (cell.is_string())
        cells.emplace_back(cell.get<std::string>());
      else
        cells.emplace_back(number_from(cell));
    }
  }
  return table;
}

}  // namespace liftwell
