// SPDX-License-Identifier: MIT
// liftwell graph FILE: the pipeline as Graphviz DOT.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "liftwell/cli/verbs.hpp"
#include "liftwell/cli/workflow_arguments.hpp"
#include "liftwell/pipeline/graph.hpp"

namespace liftwell {

void add_graph(CLI::App& app, Outcome&) {
  const auto arguments = std::make_shared<WorkflowArguments>();
  CLI::App& verb = *app.add_subcommand("graph", "Prints the pipeline as Graphviz DOT");
  arguments->add_to(verb);
  verb.callback([arguments] { std::cout << graph_dot(require_workflow(*arguments)); });
}

}  // namespace liftwell
