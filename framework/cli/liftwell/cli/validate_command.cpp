// SPDX-License-Identifier: MIT
// liftwell validate FILE: everything that can be wrong, found without running.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "liftwell/cli/messages.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/cli/workflow_arguments.hpp"

namespace liftwell {
namespace {

struct ValidateArguments {
  WorkflowArguments workflow;
  bool json = false;
};

nlohmann::ordered_json as_json(const Diagnostics& findings) {
  auto list = nlohmann::ordered_json::array();
  for (const Diagnostic& finding : findings)
    list.push_back({{"source", finding.location.source},
                    {"line", finding.location.line},
                    {"column", finding.location.column},
                    {"path", finding.path},
                    {"message", finding.message},
                    {"given", finding.given},
                    {"allowed", finding.allowed},
                    {"suggestion", finding.suggestion},
                    {"where", finding.where},
                    {"text", finding.text()}});
  return list;
}

std::size_t stage_count(const Workflow& workflow) {
  std::size_t count = 0;
  for (const PipelineItem& item : workflow.pipeline) count += item.stage ? 1 : item.loop->stages.size();
  return count;
}

void print_text(const std::string& file, const WorkflowReading& reading) {
  print_errors(reading.errors);
  print_warnings(reading.warnings);
  if (!reading.workflow) return;
  const std::size_t stages = stage_count(*reading.workflow);
  std::string points;
  if (const auto& sweep = reading.workflow->sweep)
    points = fmt::format(", {} points, {} aggregate{}", sweep->points.size(), sweep->aggregates.size(),
                         sweep->aggregates.size() == 1 ? "" : "s");
  std::cout << fmt::format("{}: valid, {} stage{}{}\n", file, stages, stages == 1 ? "" : "s", points);
}

void print_json(const std::string& file, const WorkflowReading& reading) {
  const nlohmann::ordered_json report{{"file", file},
                                      {"valid", reading.workflow.has_value()},
                                      {"errors", as_json(reading.errors)},
                                      {"warnings", as_json(reading.warnings)}};
  std::cout << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace

void add_validate(CLI::App& app, Outcome& outcome) {
  const auto arguments = std::make_shared<ValidateArguments>();
  CLI::App& verb = *app.add_subcommand("validate", "Checks a workflow without running it");
  arguments->workflow.add_to(verb);
  verb.add_flag("--json", arguments->json, "Print the findings as JSON on standard output");
  verb.callback([arguments, &outcome] {
    const WorkflowReading reading = read_and_check(arguments->workflow);
    if (arguments->json)
      print_json(arguments->workflow.file, reading);
    else
      print_text(arguments->workflow.file, reading);
    outcome.code = reading.workflow ? exit_code::done : exit_code::wrong_input;
  });
}

}  // namespace liftwell
