// SPDX-License-Identifier: MIT
// The figures and tables of aggregates, as they are kept in summary.json and drawn.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "liftwell/data/table.hpp"
#include "liftwell/families/aggregate.hpp"
#include "liftwell/reporting/figure.hpp"

namespace liftwell {

[[nodiscard]] nlohmann::json to_json(const Chart& chart);
[[nodiscard]] Chart chart_from(const nlohmann::json& json);
[[nodiscard]] Figure chart_figure(const Chart& chart);

/// Comma-separated values (RFC 4180) with a line of column names; numbers with all their digits,
/// empty where not a number.
[[nodiscard]] std::string to_csv(const Table& table);

}  // namespace liftwell
