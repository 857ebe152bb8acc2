// SPDX-License-Identifier: MIT
// One run of a workflow from the command line: folder, signals, messages, results.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {

struct RunRequest {
  std::filesystem::path file;                   ///< the workflow
  std::optional<std::filesystem::path> output;  ///< default runs/NAME/NNN
  int threads = 0;                              ///< 0: as many as there are processors
  bool quiet = false;
  bool resume = false;                             ///< go on in `output`, which must hold the same workflow
  std::optional<std::filesystem::path> reuse;      ///< the run to take from what is the same there
  std::string command;                             ///< as typed, for the manifest
  const Registry* registry = &Registry::global();  ///< that knows the workflow's components
};

/// Runs a checked workflow to its end. A run that fails or is interrupted has its status saved in
/// summary.json before the error goes on.
void run_workflow(const Workflow& workflow, const RunRequest& request);

/// Goes on with the run in `folder`, from what is on disk.
void resume_run(const std::filesystem::path& folder, int threads, bool quiet, const std::string& command);

/// Throws InputError unless `folder` is that of a run.
void require_run_folder(const std::filesystem::path& folder);

}  // namespace liftwell
