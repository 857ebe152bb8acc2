// SPDX-License-Identifier: MIT
// The typed part of reading a workflow: from one merged tree to a Workflow.
#pragma once

#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// Everything but files: top-level values, sections, pipeline. `plugins` and `extends` have been
/// dealt with. Findings are added to `reading`, the workflow is set when it could be read.
void read_tree(const Node& tree, const Registry& registry, WorkflowReading& reading);

}  // namespace liftwell
