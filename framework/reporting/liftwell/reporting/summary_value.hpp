// SPDX-License-Identifier: MIT
// One result out of a run's summary.json.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "liftwell/families/aggregate.hpp"

namespace liftwell {

/// `place` is a path of keys joined by '.'; keys may hold dots themselves ("checks.label_error.mean"). In a list,
/// a key is the name of a result or of a stage: "free_energy_differences.gap" is the last difference called so,
/// "free_energy_differences.profile.gap" that of one stage, "stages.fit.wall_s" that of its last cycle. A
/// difference comes with its standard error, unit and exact value; null is NaN; what is no number is nothing.
[[nodiscard]] std::optional<ResultValue> find_result(const nlohmann::json& summary, const std::string& place);

}  // namespace liftwell
