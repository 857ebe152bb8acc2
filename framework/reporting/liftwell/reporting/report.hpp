// SPDX-License-Identifier: MIT
// report.html: one self-contained page built from what is in the run folder.
#pragma once

#include <filesystem>
#include <string>

namespace liftwell {

/// The page as text: no scripts, nothing from the network. Reads summary.json, the artifacts it
/// names, manifest.json and the workflow files. What is missing or damaged is left out, and the page
/// says so; only without a readable summary.json it throws StorageError.
[[nodiscard]] std::string build_report(const std::filesystem::path& run_folder);

/// Writes run_folder/figures/*.svg and run_folder/report.html, each atomically.
void write_report(const std::filesystem::path& run_folder);

}  // namespace liftwell
