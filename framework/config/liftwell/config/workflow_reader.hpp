// SPDX-License-Identifier: MIT
// The typed part of reading a workflow: from one merged tree to a Workflow.
#pragma once

#include "liftwell/config/input_files.hpp"
#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// Everything but files: top-level values, sections, pipeline. `plugins` and `extends` have been
/// dealt with. Files that components name are added to `inputs`. Findings are added to `reading`, the workflow is set
/// when it could be read.
void read_tree(const Node& tree, const Registry& registry, InputFiles& inputs, WorkflowReading& reading);

}  // namespace liftwell
