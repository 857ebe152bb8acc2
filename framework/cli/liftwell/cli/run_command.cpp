// SPDX-License-Identifier: MIT
// liftwell run FILE and liftwell resume DIR.
#include <CLI/CLI.hpp>
#include <memory>

#include "liftwell/cli/run_session.hpp"
#include "liftwell/cli/verbs.hpp"
#include "liftwell/cli/workflow_arguments.hpp"

namespace liftwell {
namespace {

/// What running and resuming have in common.
struct Pace {
  int threads = 0;
  bool quiet = false;

  void add_to(CLI::App& verb) {
    verb.add_option("--threads", threads, "Threads to use; results do not depend on it (default: all processors)")
        ->check(CLI::Range(1, 4096));
    verb.add_flag("--quiet", quiet, "Show warnings and results only");
  }
};

struct RunArguments {
  WorkflowArguments workflow;
  Pace pace;
  std::string output, seed, reuse, device = "cpu";
  bool resume = false;
};

struct ResumeArguments {
  Pace pace;
  std::string folder;
};

}  // namespace

void add_run(CLI::App& app, Outcome& outcome) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App& verb = *app.add_subcommand("run", "Runs a workflow");
  arguments->workflow.add_to(verb);
  verb.add_option("--output", arguments->output, "Folder for everything the run makes (default: runs/NAME/NNN)");
  verb.add_option("--seed", arguments->seed, "Seed of all random numbers, instead of the workflow's");
  verb.add_option("--device", arguments->device, "Where networks run; this build knows the processor only")
      ->check(CLI::IsMember({"cpu"}));
  verb.add_flag("--resume", arguments->resume, "Go on in a folder that already holds a run of this very workflow");
  verb.add_option(
      "--reuse", arguments->reuse,
      "Folder of another run: what would come out the same is taken from there instead of being made again");
  arguments->pace.add_to(verb);
  verb.callback([arguments, &outcome] {
    std::vector<Override> flags;
    if (!arguments->seed.empty()) flags.push_back({"seed", arguments->seed});
    RunRequest request;
    request.file = arguments->workflow.file;
    if (!arguments->output.empty()) request.output = arguments->output;
    request.threads = arguments->pace.threads;
    request.quiet = arguments->pace.quiet;
    request.resume = arguments->resume;
    if (!arguments->reuse.empty()) request.reuse = arguments->reuse;
    request.command = outcome.command;
    run_workflow(require_workflow(arguments->workflow, flags), request);
  });
}

void add_resume(CLI::App& app, Outcome& outcome) {
  const auto arguments = std::make_shared<ResumeArguments>();
  CLI::App& verb = *app.add_subcommand("resume", "Goes on with an interrupted run, as if it had never stopped");
  verb.add_option("DIR", arguments->folder, "Folder of the run")->required();
  arguments->pace.add_to(verb);
  verb.callback([arguments, &outcome] {
    resume_run(arguments->folder, arguments->pace.threads, arguments->pace.quiet, outcome.command);
  });
}

}  // namespace liftwell
