// SPDX-License-Identifier: MIT
// The folder of a run as it is before anything runs in it.
#pragma once

#include <filesystem>
#include <string>

#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {

/// The first of runs/NAME/001, 002, … that is free.
[[nodiscard]] std::filesystem::path next_folder(const std::string& name);

/// Fills a new run folder, those of a sweep's points included; the sweep's own resolved.yaml comes last, as it makes
/// the folder that of a run. After a failure (disk full) nothing is left in the way of another attempt.
/// `file` is the workflow as given.
void prepare_folder(const Workflow& workflow, const std::filesystem::path& folder, const std::filesystem::path& file);

/// Throws InputError unless the run in `folder` was made with this very workflow; with a sweep's aggregates it need
/// not be the same, and goes on with the new ones.
void require_same_workflow(const Workflow& workflow, const std::filesystem::path& folder);

/// The workflow as a resumed run reads it. Every run is made from this, so that the first attempt and
/// a resumed one cannot differ. Plug-ins are loaded already, from where the workflow names them.
[[nodiscard]] Workflow workflow_of_run(const std::filesystem::path& folder, const Registry& registry);

}  // namespace liftwell
