// SPDX-License-Identifier: MIT
// What two workflows have in common, stage by stage.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "liftwell/config/workflow.hpp"

namespace liftwell {

/// The stages of `workflow` that make what the stage of the same name makes in `earlier`, byte for byte: the seed,
/// every option, the contents of the files it reads and all that it reads of other stages are the same. The stages of a
/// loop are the same together or not at all, since each cycle goes on from the one before. Both workflows are those of
/// run folders, which hold their files.
[[nodiscard]] std::set<std::string> same_stages(const Workflow& workflow, const std::filesystem::path& folder,
                                                const Workflow& earlier, const std::filesystem::path& earlier_folder);

}  // namespace liftwell
