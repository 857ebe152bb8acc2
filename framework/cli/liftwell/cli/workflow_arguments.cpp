// SPDX-License-Identifier: MIT
#include "liftwell/cli/workflow_arguments.hpp"

#include <CLI/CLI.hpp>

#include "liftwell/cli/messages.hpp"
#include "liftwell/pipeline/graph.hpp"

namespace liftwell {

void WorkflowArguments::add_to(CLI::App& verb) {
  verb.add_option("FILE", file, "The workflow, a YAML file")->required()->type_name("");
  verb.add_option("--set", set, "Change one value of the workflow, e.g. --set pipeline.explore.steps=1000")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

std::vector<Override> WorkflowArguments::overrides() const {
  std::vector<Override> out;
  for (const std::string& text : set) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw InputError("--set " + text + ": must be PATH=VALUE, e.g. --set pipeline.explore.steps=1000");
    out.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return out;
}

WorkflowReading read_and_check(const WorkflowArguments& arguments, const std::vector<Override>& more) {
  std::vector<Override> overrides = arguments.overrides();
  overrides.insert(overrides.end(), more.begin(), more.end());
  WorkflowReading reading = read_workflow(arguments.file, overrides);
  check_pipeline(reading);
  return reading;
}

Workflow require_workflow(const WorkflowArguments& arguments, const std::vector<Override>& more) {
  WorkflowReading reading = read_and_check(arguments, more);
  print_warnings(reading.warnings);
  if (!reading.workflow) throw InputError(reading.errors);
  return std::move(*reading.workflow);
}

}  // namespace liftwell
