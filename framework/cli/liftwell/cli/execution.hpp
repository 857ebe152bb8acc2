// SPDX-License-Identifier: MIT
// Runs a workflow in its prepared folder, to its end or to the next signal.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "liftwell/config/workflow.hpp"
#include "liftwell/reporting/progress.hpp"
#include "liftwell/store/manifest.hpp"

namespace liftwell {

struct RunPace {
  int threads = 1;
  ProgressDisplay::Style display = ProgressDisplay::Style::plain;  ///< silent: no results on standard output either
  std::string command;                                             ///< as typed, for the manifest
};

/// Becomes true with the first SIGINT or SIGTERM after catch_signals(); the second ends the process at once: what is
/// on disk is whole either way.
[[nodiscard]] const std::atomic<bool>& stop_requested();
void catch_signals();

/// The manifest of a run that goes on, or a new one.
[[nodiscard]] Manifest manifest_in(const std::filesystem::path& folder, const Workflow& workflow, const RunPace& pace);

/// Runs what is not finished, writes how it ended into summary.json, and the report. Several may run in one
/// process, each in a folder of its own. A run that fails has its status saved before the error goes on.
void execute_in(const Workflow& workflow, const std::filesystem::path& folder, const RunPace& pace);

/// The same for every point of a sweep, then what is computed over them. A point that fails leaves the others
/// standing; RunError says at the end which did.
void execute_sweep(const Workflow& workflow, const std::filesystem::path& folder, const RunPace& pace);

}  // namespace liftwell
