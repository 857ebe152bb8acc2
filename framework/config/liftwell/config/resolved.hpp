// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// The workflow as a tree that reads back to itself: every default filled in, every component named
/// in a section written there once and elsewhere by its name.
[[nodiscard]] Node resolved_workflow(const Workflow& workflow, const Node& plugins, const Registry& registry);

}  // namespace liftwell
