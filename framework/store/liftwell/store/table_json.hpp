// SPDX-License-Identifier: MIT
// Numbers and tables as JSON, for artifacts and for summary.json.
#pragma once

#include <nlohmann/json.hpp>

#include "liftwell/data/table.hpp"

namespace liftwell {

/// JSON has no number that is not finite: null stands for NaN, {"number": "inf"} for the infinities.
[[nodiscard]] nlohmann::json json_number(double value);
[[nodiscard]] double number_from(const nlohmann::json& json);

/// {title, columns: [{name, unit, decimals}], rows: [[cell, …]]}
[[nodiscard]] nlohmann::json to_json(const Table& table);
[[nodiscard]] Table table_from(const nlohmann::json& json);

}  // namespace liftwell
