// SPDX-License-Identifier: MIT
#include "liftwell/cli/run_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "liftwell/cli/execution.hpp"
#include "liftwell/cli/reuse.hpp"
#include "liftwell/cli/run_folder.hpp"
#include "liftwell/cli/workflow_arguments.hpp"
#include "liftwell/store/folder_lock.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

void execute_run(const Workflow& workflow, const fs::path& folder, int threads, bool quiet, const std::string& command,
                 const std::function<void(const RunPace&)>& before = {}) {
  if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const RunPace pace{threads, ProgressDisplay::detect(quiet), command};
  catch_signals();
  const FolderLock lock(folder);
  if (before) before(pace);
  workflow.sweep ? execute_sweep(workflow, folder, pace) : execute_in(workflow, folder, pace);
}

}  // namespace

void run_workflow(const Workflow& workflow, const RunRequest& request) {
  std::optional<EarlierRun> earlier;
  if (request.reuse) earlier = read_earlier(*request.reuse, workflow, *request.registry);
  const fs::path folder = request.output ? *request.output : next_folder(workflow.name);
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
  if (occupied)
    require_same_workflow(workflow, folder);
  else
    prepare_folder(workflow, folder, request.file);
  const Workflow prepared = workflow_of_run(folder, *request.registry);
  execute_run(prepared, folder, request.threads, request.quiet, request.command, [&](const RunPace& pace) {
    if (earlier) reuse_results(prepared, folder, *earlier, *request.registry, pace);
  });
}

void require_run_folder(const fs::path& folder) {
  if (!fs::exists(folder / "resolved.yaml"))
    throw InputError(folder.string() + " is not the folder of a liftwell run (no resolved.yaml in it)");
}

void resume_run(const fs::path& folder, int threads, bool quiet, const std::string& command) {
  require_run_folder(folder);
  const Workflow workflow = require_workflow({(folder / "resolved.yaml").string(), {}});
  execute_run(workflow, folder, threads, quiet, command);
}

}  // namespace liftwell
