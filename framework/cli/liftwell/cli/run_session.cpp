// SPDX-License-Identifier: MIT
#include "liftwell/cli/run_session.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <thread>

#include "liftwell/cli/run_observer.hpp"
#include "liftwell/cli/workflow_arguments.hpp"
#include "liftwell/config/input_files.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "liftwell/reporting/report.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/manifest.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

std::atomic<bool> stop_requested{false};

/// The first signal asks the stages to save and stop, the second ends the process at once: what is
/// on disk is whole either way.
extern "C" void on_signal(int) {
  if (stop_requested.exchange(true)) _exit(130);
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

/// runs/NAME/001, 002, …
fs::path next_folder(const std::string& name) {
  for (int number = 1;; ++number) {
    fs::path folder = fs::path("runs") / name / fmt::format("{:03}", number);
    if (!fs::exists(folder)) return folder;
  }
}

void make_folder(const fs::path& folder) {
  try {
    fs::create_directories(folder);
  } catch (const fs::filesystem_error& error) {
    throw StorageError(
        fmt::format("{}; choose another with --output", as_storage_error("create the folder", error).what()));
  }
}

/// Lines of the two texts that differ, at most ten, in one line.
std::string difference(const std::string& before, const std::string& now) {
  std::istringstream a(before), b(now);
  std::string out, line_a, line_b;
  int shown = 0;
  for (int number = 1; shown < 10; ++number) {
    const bool has_a = static_cast<bool>(std::getline(a, line_a));
    const bool has_b = static_cast<bool>(std::getline(b, line_b));
    if (!has_a && !has_b) break;
    if (has_a && has_b && line_a == line_b) continue;
    out += fmt::format("{}line {} was '{}', is '{}'", shown > 0 ? "; " : "", number, has_a ? line_a : "",
                       has_b ? line_b : "");
    ++shown;
  }
  return out;
}

/// Copies of every file the run read: the folder explains itself, and the run reads only these.
void copy_inputs(const Workflow& workflow, const fs::path& folder) {
  make_folder(folder / inputs_folder);
  for (const InputFile& input : workflow.inputs)
    write_through(folder / inputs_folder / input.name, [&](const fs::path& copy) {
      std::error_code failure;
      fs::copy_file(input.source, copy, fs::copy_options::overwrite_existing, failure);
      if (failure)
        throw StorageError(fmt::format("cannot copy {} into the run: {}", input.source.string(), failure.message()));
    });
}

/// A run that goes on must go on with what it began with.
void require_same_inputs(const Workflow& workflow, const fs::path& folder) {
  for (const InputFile& input : workflow.inputs) {
    if (input.kind == InputFile::Kind::workflow) continue;  // resolved.yaml is compared instead
    if (sha256_of(input.source) != sha256_of(folder / inputs_folder / input.name))
      throw InputError(
          fmt::format("{} has changed since the run in {} was made with it; to go on with its copy: liftwell resume {}",
                      input.source.string(), folder.string(), folder.string()));
  }
}

/// resolved.yaml of a run folder: as resolved, with plug-ins found under inputs/.
std::string resolved_text(const Workflow& workflow) {
  Node resolved = workflow.resolved;
  if (Node* plugins = resolved.find("plugins")) {
    std::vector<Node> copies;
    for (const InputFile& input : workflow.inputs) {
      if (input.kind != InputFile::Kind::plugin) continue;
      copies.push_back(Node::scalar(std::string(inputs_folder) + "/" + input.name));
      copies.back().quoted = true;
    }
    plugins->items = std::move(copies);
  }
  return to_yaml(resolved);
}

/// The workflow as a resumed run reads it. Every run is made from this, so that the first attempt and
/// a resumed one cannot differ. Plug-ins are loaded already, from where the workflow names them.
Workflow workflow_of_run(const fs::path& folder, const Registry& registry) {
  WorkflowReading reading = read_workflow(folder / "resolved.yaml", {}, registry);
  if (!reading.workflow)
    throw InternalError(std::string("the resolved workflow cannot be read again: ") +
                        InputError(reading.errors).what());
  return std::move(*reading.workflow);
}

Provenance provenance(const Workflow& workflow, int threads, const std::string& command) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return {{{"liftwell", std::string(version())}}, workflow.seed, host, threads, command, now_text()};
}

int count_threads(int wanted) {
  if (wanted > 0) return wanted;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

/// Fills a new run folder; resolved.yaml comes last, as it makes the folder that of a run. After a
/// failure (disk full) nothing is left in the way of another attempt.
void prepare_folder(const Workflow& workflow, const fs::path& folder, const fs::path& file,
                    const std::string& resolved) {
  const bool existed = fs::exists(folder);
  make_folder(folder);
  try {
    copy_inputs(workflow, folder);
    write_file(folder / "workflow.yaml", read_file(file));
    write_file(folder / "resolved.yaml", resolved);
  } catch (...) {
    std::error_code ignored;
    for (const char* made : {"inputs", "workflow.yaml", "resolved.yaml"}) fs::remove_all(folder / made, ignored);
    if (!existed) fs::remove(folder, ignored);
    throw;
  }
}

/// Runs everything and writes how it ended into summary.json.
void execute(const Workflow& workflow, const fs::path& folder, Manifest& manifest, int threads, bool quiet) {
  catch_signals();
  stop_requested = false;
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  RunSummary summary(folder, workflow.name);
  SessionObserver observer(folder, summary, quiet);
  const auto end = [&](const std::string& status, const std::string& message) {
    observer.ended(status, message);
    summary.set_status(status, message);
    summary.set_wall_time(seconds());
    summary.collect_results();
    summary.write();
  };
  // What goes wrong while a failure is written down (disk full, an artifact that cannot be read)
  // must not hide that failure.
  const auto end_early = [&](const std::string& status, const std::string& message) {
    try {
      end(status, message);
    } catch (const std::exception&) {
      try {
        summary.write();
      } catch (const std::exception&) {  // then summary.json goes on saying "running": not finished
      }
    }
  };
  try {
    const Executor executor(threads);
    Engine engine(workflow, folder, manifest, executor, observer, stop_requested);
    const auto outcomes = engine.run();
    for (const LoopOutcome& outcome : outcomes) summary.add(outcome);
    const bool converged =
        std::all_of(outcomes.begin(), outcomes.end(), [](const LoopOutcome& o) { return o.converged; });
    end(converged ? "done" : "not_converged", "");
  } catch (const Interrupted& error) {
    end_early("interrupted", error.what());
    throw;
  } catch (const std::exception& error) {
    end_early("failed", error.what());
    throw;
  }
  observer.print_results(workflow);
}

void execute_in(const Workflow& workflow, const fs::path& folder, int threads, bool quiet, const std::string& command) {
  try {
    // A run killed before its manifest was written has not begun; otherwise its first provenance stays.
    Manifest manifest = fs::exists(folder / Manifest::file_name)
                            ? Manifest::open(folder)
                            : Manifest::create(folder, provenance(workflow, threads, command));
    execute(workflow, folder, manifest, threads, quiet);
  } catch (const StorageError& error) {
    throw StorageError(
        fmt::format("{}; what is finished is kept, go on with: liftwell resume {}", error.what(), folder.string()));
  }
  try {
    write_report(folder);
  } catch (const StorageError& error) {
    throw StorageError(fmt::format("{}; the results are saved, make the report again with: liftwell report {}",
                                   error.what(), folder.string()));
  }
}

}  // namespace

void run_workflow(const Workflow& workflow, const RunRequest& request) {
  const fs::path folder = request.output ? *request.output : next_folder(workflow.name);
  const std::string resolved = resolved_text(workflow);
  if (fs::exists(folder) && !fs::is_directory(folder))
    throw InputError(fmt::format("the output folder {} is a file; choose another", folder.string()));
  const bool occupied = fs::exists(folder) && !fs::is_empty(folder);
  const bool is_run = fs::exists(folder / "resolved.yaml");
  if (occupied && !is_run)
    throw InputError(
        fmt::format("the output folder {} is not empty, and is not the folder of a liftwell run; choose "
                    "another",
                    folder.string()));
  if (occupied && !request.resume)
    throw InputError(fmt::format("the output folder {} is not empty; choose another, or go on with: liftwell resume {}",
                                 folder.string(), folder.string()));
  if (occupied) {
    if (const std::string before = read_file(folder / "resolved.yaml"); before != resolved)
      throw InputError(fmt::format("the run in {} was made with another workflow ({}: {}); choose another folder",
                                   folder.string(), (folder / "resolved.yaml").string(), difference(before, resolved)));
    require_same_inputs(workflow, folder);
  } else {
    prepare_folder(workflow, folder, request.file, resolved);
  }
  execute_in(workflow_of_run(folder, *request.registry), folder, count_threads(request.threads), request.quiet,
             request.command);
}

void require_run_folder(const fs::path& folder) {
  if (!fs::exists(folder / "resolved.yaml"))
    throw InputError(folder.string() + " is not the folder of a liftwell run (no resolved.yaml in it)");
}

void resume_run(const fs::path& folder, int threads, bool quiet, const std::string& command) {
  require_run_folder(folder);
  const Workflow workflow = require_workflow({(folder / "resolved.yaml").string(), {}});
  execute_in(workflow, folder, count_threads(threads), quiet, command);
}

}  // namespace liftwell
