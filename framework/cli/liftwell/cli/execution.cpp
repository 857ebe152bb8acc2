// SPDX-License-Identifier: MIT
#include "liftwell/cli/execution.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "liftwell/cli/run_observer.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/reporting/report.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

std::atomic<bool> stopped{false};

extern "C" void on_signal(int) {
  if (stopped.exchange(true)) _exit(130);
}

/// After a failure. What goes wrong here must not hide it.
void show_what_is_there(const SessionObserver& observer, const Workflow& workflow, const fs::path& folder,
                        ProgressDisplay::Style display) {
  try {
    write_report(folder);
    if (display != ProgressDisplay::Style::silent) observer.print_results(workflow);
  } catch (const std::exception&) {
  }
}

/// Runs everything and writes how it ended into summary.json.
void execute(const Workflow& workflow, const fs::path& folder, Manifest& manifest, int threads,
             ProgressDisplay::Style display) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  RunSummary summary(folder, workflow.name);
  SessionObserver observer(folder, summary, display);
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
    Engine engine(workflow, folder, manifest, executor, observer, stopped);
    const auto outcomes = engine.run();
    for (const LoopOutcome& outcome : outcomes) summary.add(outcome);
    const bool converged =
        std::all_of(outcomes.begin(), outcomes.end(), [](const LoopOutcome& o) { return o.converged; });
    end(converged ? "done" : "not_converged", "");
  } catch (const Interrupted& error) {
    end_early("interrupted", error.what());
    throw;
  } catch (const std::exception& error) {
    std::vector<std::string> failures = observer.failures();
    if (std::find(failures.begin(), failures.end(), error.what()) == failures.end())
      failures.emplace_back(error.what());
    end_early("failed", fmt::format("{}", fmt::join(failures, "\n")));
    if (observer.any_finished()) show_what_is_there(observer, workflow, folder, display);
    throw;
  }
  if (display != ProgressDisplay::Style::silent) observer.print_results(workflow);
}

}  // namespace

const std::atomic<bool>& stop_requested() { return stopped; }

void catch_signals() {
  stopped = false;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Manifest manifest_in(const fs::path& folder, const Workflow& workflow, const RunPace& pace) {
  // A run killed before its manifest was written has not begun; otherwise its first provenance stays.
  if (fs::exists(folder / Manifest::file_name)) return Manifest::open(folder);
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return Manifest::create(
      folder, {{{"liftwell", std::string(version())}}, workflow.seed, host, pace.threads, pace.command, now_text()});
}

void execute_in(const Workflow& workflow, const fs::path& folder, const RunPace& pace) {
  try {
    Manifest manifest = manifest_in(folder, workflow, pace);
    execute(workflow, folder, manifest, pace.threads, pace.display);
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

}  // namespace liftwell
