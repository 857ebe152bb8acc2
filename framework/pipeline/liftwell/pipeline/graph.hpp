// SPDX-License-Identifier: MIT
// The pipeline as a graph: what reads what, checked before anything runs.
#pragma once

#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// One stage and what it waits for. Stages stand in file order, which is an order they can run in.
struct GraphNode {
  const StageSpec* spec = nullptr;
  int loop = -1;                   ///< index into PipelineGraph::loops, -1 outside
  std::vector<std::size_t> after;  ///< nodes of the same scope that must be done first
  bool dangling = false;           ///< a reference leads nowhere, or to what is not wanted
};

/// Scoping rules. A reference `name` means the output of this cycle (or, from after the loop, of the
/// last cycle) and must stand earlier in the file. `name@previous` is that of the cycle before and
/// is empty in the first. `name@all` is every execution so far; it includes this cycle's when `name`
/// stands earlier in the file.
struct PipelineGraph {
  std::vector<GraphNode> nodes;
  std::vector<const LoopSpec*> loops;

  [[nodiscard]] std::ptrdiff_t find(const std::string& stage) const;  ///< -1 when unknown
};

/// The names of all stages, in file order.
[[nodiscard]] std::vector<std::string> stage_names(const Workflow& workflow);

/// Builds the graph; findings (unknown stages, wrong artifact types, circular waits) go to `errors`.
[[nodiscard]] PipelineGraph build_graph(const Workflow& workflow, Diagnostics& errors);

/// Everything that can be known to be wrong with the pipeline without running it: the graph, then a
/// dry run in which every stage checks the shapes (dimensions, coarse variables) of its inputs. Of a
/// sweep, every point and what is computed over them.
[[nodiscard]] Diagnostics check_pipeline(const Workflow& workflow);
/// The same for what was read, whole or in part: adds what it finds to the errors, and leaves no workflow where there
/// are any. All mistakes come out together: a value that cannot be read does not hide a stage that does not exist.
void check_pipeline(WorkflowReading& reading);

/// The pipeline in Graphviz DOT.
[[nodiscard]] std::string graph_dot(const Workflow& workflow);

}  // namespace liftwell
