// SPDX-License-Identifier: MIT
#include "liftwell/cli/cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "liftwell/base/error.hpp"
#include "liftwell/cli/messages.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

void add_verbs(CLI::App& app, Outcome& outcome) {
  add_run(app, outcome);
  add_resume(app, outcome);
  add_validate(app, outcome);
  add_graph(app, outcome);
  add_sample(app, outcome);
  add_report(app, outcome);
  add_list(app, outcome);
  add_describe(app, outcome);
  add_schema(app, outcome);
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

/// The long options of a subcommand, for suggestions.
std::vector<std::string> option_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

/// Wrong use of the command line itself, in one line.
int report_usage(const CLI::App& app, const CLI::ParseError& problem) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& verb = chosen.empty() ? app : *chosen.front();
  const std::string help = chosen.empty() ? "liftwell --help" : fmt::format("liftwell {} --help", verb.get_name());
  const std::vector<std::string> unexpected = verb.remaining();
  if (!unexpected.empty())
    print_error(fmt::format("unexpected argument '{}'{} (see {})", unexpected.front(),
                            suggestion(unexpected.front().substr(0, unexpected.front().find('=')), option_names(verb)),
                            help));
  else
    print_error(fmt::format("{} (see {})", problem.what(), help));
  return exit_code::wrong_input;
}

/// The command line as typed, for the manifest.
std::string typed(int argc, char** argv) {
  std::string out;
  for (int i = 0; i < argc; ++i) out += (i > 0 ? " " : "") + std::string(i > 0 ? argv[i] : "liftwell");
  return out;
}

int parse_and_run(int argc, char** argv) {
  Outcome outcome;
  outcome.command = typed(argc, argv);
  CLI::App app("Lifts coarse values to fine states: simulate, train, sample, reinitialize, as a workflow says.",
               "liftwell");
  app.set_version_flag("--version", fmt::format("liftwell {}", version()));
  app.require_subcommand(1);
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.footer("'liftwell VERB --help' says more about a verb.\n");
  add_verbs(app, outcome);
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) verb->group("Verbs");
  if (argc < 2) {
    std::cerr << app.help();
    return exit_code::wrong_input;
  }
  const std::string first = argv[1];
  const auto verbs = verb_names(app);
  if (!first.starts_with('-') && std::find(verbs.begin(), verbs.end(), first) == verbs.end()) {
    print_error(fmt::format("there is no verb '{}'; there are {}{}", first, join_or(verbs), suggestion(first, verbs)));
    return exit_code::wrong_input;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version, std::cout, std::cerr);
  } catch (const CLI::ParseError& problem) {
    return report_usage(app, problem);
  }
  return outcome.code;
}

}  // namespace

int run_cli(int argc, char** argv) {
  try {
    const int code = parse_and_run(argc, argv);
    std::cout.flush();
    if (!std::cout) throw StorageError("standard output cannot be written (is the disk full?)");
    return code;
  } catch (const InputError& problem) {
    // What shows only in a run has no place in a file, but what() says in which stage.
    const Diagnostics& findings = problem.diagnostics();
    if (findings.size() == 1 && findings.front().location.source.empty() && findings.front().path.empty())
      print_error(problem.what());
    else
      print_errors(findings);
    return exit_code::wrong_input;
  } catch (const Interrupted& stop) {
    std::cerr << stop.what() << '\n';
    return exit_code::interrupted;
  } catch (const Error& problem) {
    print_error(problem.what());
  } catch (const std::filesystem::filesystem_error& problem) {
    print_error(as_storage_error("use", problem).what());
  } catch (const std::bad_alloc&) {
    print_error("there is not enough memory");
  } catch (const std::exception& problem) {
    print_error(fmt::format("internal error: {} (please report this as a bug in liftwell)", problem.what()));
  }
  return exit_code::failed;
}

}  // namespace liftwell
