// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// Puts the value of one `--set path=value` into the tree. Steps of the path are keys, joined by
/// '.', and places in lists, written [2] or .2. Keys inside a component may be new (reading it says
/// whether they exist); top-level keys, components, stages and variables may not.
void apply_override(Node& workflow, const Override& override, const Registry& registry, Diagnostics& errors);

}  // namespace liftwell
