// SPDX-License-Identifier: MIT
// What every verb that reads a workflow takes: the file and --set.
#pragma once

#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"

namespace CLI {
class App;
}

namespace liftwell {

struct WorkflowArguments {
  std::string file;
  std::vector<std::string> set;  ///< "path=value", in the order given

  /// Adds FILE and --set to a subcommand. The object must outlive the parse.
  void add_to(CLI::App& verb);
  /// The --set values, taken apart. Throws InputError where '=' is missing.
  [[nodiscard]] std::vector<Override> overrides() const;
};

/// Reads the workflow and checks everything that can be checked without running it, the graph and
/// the dry run included. `more` are further overrides, of other flags, which win over --set.
[[nodiscard]] WorkflowReading read_and_check(const WorkflowArguments& arguments,
                                             const std::vector<Override>& more = {});

/// As above; warnings are printed and errors thrown as InputError.
[[nodiscard]] Workflow require_workflow(const WorkflowArguments& arguments, const std::vector<Override>& more = {});

}  // namespace liftwell
