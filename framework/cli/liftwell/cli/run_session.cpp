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
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw StorageError(fmt::format("cannot create the folder {}: {}", folder.string(), failure.message()));
}

/// Lines of the two texts that differ, at most ten.
std::string difference(const std::string& before, const std::string& now) {
  std::istringstream a(before), b(now);
  std::string out, line_a, line_b;
  int shown = 0;
  for (int number = 1; shown < 10; ++number) {
    const bool has_a = static_cast<bool>(std::getline(a, line_a));
    const bool has_b = static_cast<bool>(std::getline(b, line_b));
    if (!has_a && !has_b) break;
    if (has_a && has_b && line_a == line_b) continue;
    out += fmt::format("\n  line {}: was '{}', is '{}'", number, has_a ? line_a : "", has_b ? line_b : "");
    ++shown;
  }
  return out;
}

/// Copies of every file the run read, so that the folder explains itself; plug-ins are loaded from
/// there when the run is resumed.
void copy_inputs(const Workflow& workflow, const fs::path& folder) {
  make_folder(folder / "inputs");
  for (const fs::path& file : workflow.files)
    fs::copy_file(file, folder / "inputs" / file.filename(), fs::copy_options::overwrite_existing);
}

/// resolved.yaml of a run folder: as resolved, with plug-ins found under inputs/.
std::string resolved_text(const Workflow& workflow) {
  Node resolved = workflow.resolved;
  if (Node* plugins = resolved.find("plugins"))
    for (Node& plugin : plugins->items) plugin.text = "inputs/" + fs::path(plugin.text).filename().string();
  return to_yaml(resolved);
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

/// Everything after the folder is prepared.
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
  try {
    const Executor executor(threads);
    Engine engine(workflow, folder, manifest, executor, observer, stop_requested);
    const auto outcomes = engine.run();
    for (const LoopOutcome& outcome : outcomes) summary.add(outcome);
    const bool converged =
        std::all_of(outcomes.begin(), outcomes.end(), [](const LoopOutcome& o) { return o.converged; });
    end(converged ? "done" : "not_converged", "");
  } catch (const Interrupted& error) {
    end("interrupted", error.what());
    throw;
  } catch (const Error& error) {
    end("failed", error.what());
    throw;
  }
  write_report(folder);
  observer.print_results(workflow);
}

void execute_in(const Workflow& workflow, const fs::path& folder, int threads, bool quiet, const std::string& command) {
  // A run killed before its manifest was written has not begun; otherwise its first provenance stays.
  Manifest manifest = fs::exists(folder / Manifest::file_name)
                          ? Manifest::open(folder)
                          : Manifest::create(folder, provenance(workflow, threads, command));
  execute(workflow, folder, manifest, threads, quiet);
}

}  // namespace

void run_workflow(const Workflow& workflow, const RunRequest& request) {
  const fs::path folder = request.output ? *request.output : next_folder(workflow.name);
  const std::string resolved = resolved_text(workflow);
  const bool occupied = fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder));
  if (occupied && !request.resume)
    throw InputError(fmt::format("the output folder {} is not empty; choose another, or go on with: liftwell resume {}",
                                 folder.string(), folder.string()));
  if (occupied) {
    if (!fs::exists(folder / "resolved.yaml"))
      throw InputError(folder.string() + " is not the folder of a liftwell run");
    if (const std::string before = read_file(folder / "resolved.yaml"); before != resolved)
      throw InputError(fmt::format("the run in {} was made with another workflow:{}", folder.string(),
                                   difference(before, resolved)));
  } else {
    make_folder(folder);
    copy_inputs(workflow, folder);
    write_file(folder / "workflow.yaml", read_file(request.file));
    write_file(folder / "resolved.yaml", resolved);
  }
  execute_in(workflow, folder, count_threads(request.threads), request.quiet, request.command);
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
