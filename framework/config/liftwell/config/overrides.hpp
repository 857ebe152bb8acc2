// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// Puts the value of one `--set path=value` into the tree. Steps of the path are keys, joined by
/// '.', and places in lists, written [2] or .2. Keys inside a component may be new (reading it says
/// whether they exist); top-level keys, components, stages and variables may not.
void apply_override(Node& workflow, const Override& override, const Registry& registry, Diagnostics& errors);

/// A value that a workflow file itself puts somewhere else, under the same rules. `location` is where
/// the file says so.
struct Assignment {
  std::string path;
  Node value;
  Location location;
};
void apply_assignment(Node& workflow, const Assignment& assignment, const Registry& registry, Diagnostics& errors);

/// "a.b[2].c" -> a, b, 2, c; nothing where a step is empty or a bracket is wrong.
[[nodiscard]] std::optional<std::vector<std::string>> steps_of(std::string_view path);

}  // namespace liftwell
