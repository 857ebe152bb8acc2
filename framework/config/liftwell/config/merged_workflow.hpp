// SPDX-License-Identifier: MIT
// From a tree that bases and overrides have been laid into to a workflow.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// What was read besides the tree.
struct WorkflowSources {
  std::vector<std::filesystem::path> texts;  ///< the file first, then its bases
  std::vector<std::filesystem::path> plugins;
};

/// Replaces variables, reads components and stages, and notes every file. Findings are added to
/// `reading`; a `sweep` in the tree is left to read_sweep.
void read_merged(Node tree, const WorkflowSources& sources, const Registry& registry, WorkflowReading& reading);

using ReadWorkflowFile = std::function<WorkflowReading(const std::filesystem::path&)>;

/// Expands the `sweep` of `tree`, reads every point as a workflow of its own, and adds the sweep to
/// the workflow in `reading`, which is that of the tree without its sweep. `as_written` is the tree
/// before the overrides. `read_file` reads the points of a sweep whose run has been prepared.
void read_sweep(const Node& tree, const Node& as_written, const WorkflowSources& sources,
                const std::vector<Override>& overrides, const Registry& registry, const ReadWorkflowFile& read_file,
                WorkflowReading& reading);

/// What is wrong with a place already, a misspelt variable say, is not said again for the value that
/// came of it: findings after the first `count` are dropped where an earlier one stands.
void drop_consequences(Diagnostics& errors, std::size_t count);

}  // namespace liftwell
