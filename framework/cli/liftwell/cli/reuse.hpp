// SPDX-License-Identifier: MIT
// Taking over what another run has computed already.
#pragma once

#include <filesystem>

#include "liftwell/cli/execution.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {

/// A run to take results from.
struct EarlierRun {
  std::filesystem::path folder;
  Workflow workflow;
};

/// Reads the run in `folder`. Throws InputError where it is none, cannot be read, or cannot serve `wanted`.
[[nodiscard]] EarlierRun read_earlier(const std::filesystem::path& folder, const Workflow& wanted,
                                      const Registry& registry);

/// Copies into the new run folder what the earlier run has finished of the stages that would come out the same:
/// outputs, fingerprints, counts and tables. What is there already stays. Of a sweep, point by point. Says what was
/// taken and what is made anew; nothing is taken of another version of liftwell. Throws StorageError where something in
/// the earlier run has changed since it was made.
void reuse_results(const Workflow& workflow, const std::filesystem::path& folder, const EarlierRun& earlier,
                   const Registry& registry, const RunPace& pace);

}  // namespace liftwell
