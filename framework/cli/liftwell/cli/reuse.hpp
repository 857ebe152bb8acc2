// SPDX-License-Identifier: MIT
// Taking over what another run has computed already.
#pragma once

#include <filesystem>

#include "liftwell/cli/execution.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {

/// Copies into the new run folder what the run in `earlier` has finished of the stages that would come out the same:
/// outputs, fingerprints, counts and tables. What is there already stays. Of a sweep, point by point. Says what was
/// taken and what is made anew. Throws InputError where the run in `earlier` cannot be read, and StorageError where
/// something in it has changed since it was made.
void reuse_results(const Workflow& workflow, const std::filesystem::path& folder, const std::filesystem::path& earlier,
                   const Registry& registry, const RunPace& pace);

}  // namespace liftwell
