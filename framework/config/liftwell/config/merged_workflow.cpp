// SPDX-License-Identifier: MIT
#include "liftwell/config/merged_workflow.hpp"

#include <algorithm>
#include <set>

#include "liftwell/config/input_files.hpp"
#include "liftwell/config/variables.hpp"
#include "liftwell/config/workflow_reader.hpp"

namespace liftwell {

void drop_consequences(Diagnostics& errors, std::size_t count) {
  std::set<std::string> places;
  for (std::size_t i = 0; i < count; ++i) places.insert(errors[i].location.text());
  const auto later = errors.begin() + static_cast<std::ptrdiff_t>(count);
  const auto known = [&](const Diagnostic& error) { return places.contains(error.location.text()); };
  errors.erase(std::remove_if(later, errors.end(), known), errors.end());
}

void read_merged(Node tree, const WorkflowSources& sources, const Registry& registry, WorkflowReading& reading) {
  substitute_variables(tree, reading.errors, reading.warnings);
  const std::size_t count = reading.errors.size();
  // What the resolved workflow refers to gets its name first: read again, it has the same one.
  InputFiles inputs;
  for (const auto& plugin : sources.plugins) (void)inputs.keep(plugin, InputFile::Kind::plugin);
  read_tree(tree, registry, inputs, reading);
  drop_consequences(reading.errors, count);
  for (const auto& text : sources.texts) (void)inputs.keep(text, InputFile::Kind::workflow);
  if (!reading.workflow) return;
  Workflow& workflow = *reading.workflow;
  workflow.files = sources.texts;
  workflow.files.insert(workflow.files.end(), sources.plugins.begin(), sources.plugins.end());
  for (const auto& plugin : sources.plugins) workflow.plugins.push_back(plugin.string());
  workflow.inputs = inputs.kept();
}

}  // namespace liftwell
