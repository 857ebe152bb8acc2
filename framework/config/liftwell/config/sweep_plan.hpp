// SPDX-License-Identifier: MIT
// The axes of a sweep as the workflow writes them, before any point is read.
#pragma once

#include <string>
#include <vector>

#include "liftwell/config/overrides.hpp"

namespace liftwell {

/// One value of an axis and what it puts where.
struct PlannedValue {
  std::string label;  ///< as written, or its name
  std::vector<Assignment> sets;
};

struct PlannedAxis {
  std::string name;
  Location location;
  std::vector<PlannedValue> values;
};

/// {from: 1, count: 20}. Where values have names, what stands under each of them is a mapping.
[[nodiscard]] bool is_range(const Node& axis);

/// Reads `sweep.over`. `written` is the workflow as given, `substituted` the same with its variables
/// replaced: the values of axes are taken from there, while what named values set waits for the
/// variables of each point. With `labels_only`, values are not looked into: the points are on disk.
[[nodiscard]] std::vector<PlannedAxis> plan_axes(const Node& written, const Node& substituted, bool labels_only,
                                                 const Registry& registry, Diagnostics& errors);

/// Overrides that an axis overrides again in every point are findings.
void check_overrides(const std::vector<PlannedAxis>& axes, const std::vector<Override>& overrides, Diagnostics& errors);

/// "kT=15": `label` as a part of a point's name, which is also that of a folder.
[[nodiscard]] std::string part_of_point_name(const std::string& axis, const std::string& label);

}  // namespace liftwell
