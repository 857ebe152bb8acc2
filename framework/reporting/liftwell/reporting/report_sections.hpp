// SPDX-License-Identifier: MIT
// The sections of the report page, each from summary.json, manifest.json or artifacts alone.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace liftwell::report {

using Json = nlohmann::json;

/// "Finished; stop rule met", how each loop ended, and the message of a failure.
[[nodiscard]] std::string status(const Json& summary);
/// Free-energy differences with errors and what the run cost.
[[nodiscard]] std::string key_numbers(const Json& summary);
/// The tables that diagnose stages left in their last cycle, and the values that stop rules read.
[[nodiscard]] std::string findings(const std::filesystem::path& run, const Json& summary,
                                   std::vector<std::string>& problems);
/// The tables that the other stages showed in their last execution; long ones are folded.
[[nodiscard]] std::string tables(const Json& summary);
/// Differences and measured values, one column per cycle.
[[nodiscard]] std::string history(const std::filesystem::path& run, const Json& summary,
                                  std::vector<std::string>& problems);
[[nodiscard]] std::string stages(const Json& summary);
[[nodiscard]] std::string starts(const Json& summary);
/// What stages warned of, and what could not be read for this page.
[[nodiscard]] std::string warnings(const Json& summary, const std::vector<std::string>& problems);
/// Of a sweep: the tables over its points, and the points themselves.
[[nodiscard]] std::string aggregates(const Json& summary);
[[nodiscard]] std::string points(const Json& summary);
[[nodiscard]] std::string provenance(const std::filesystem::path& run);

}  // namespace liftwell::report
