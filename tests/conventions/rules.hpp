// SPDX-License-Identifier: MIT
// The project's rules that a program can check. Each has an id, a reason, and a function from a source
// tree to findings, so that a test can show on a small made-up tree that the rule can fail.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace liftwell::conventions {

struct Finding {
  std::string where;    ///< path from the root, with a line where there is one
  std::string message;  ///< what is wrong and what to do
};
using Findings = std::vector<Finding>;

struct Rule {
  std::string id;
  std::string reason;
  Findings (*check)(const std::filesystem::path& root);
};

/// All rules about the source tree, in the order they are reported.
[[nodiscard]] const std::vector<Rule>& rules();

/// One line per finding: "id: where: message (reason)".
[[nodiscard]] std::string report(const Rule& rule, const Findings& findings);

/// The names in LIFTWELL_COMPONENT(name) lines below components/, sorted, as "section/name".
[[nodiscard]] std::vector<std::string> component_lines(const std::filesystem::path& root);

}  // namespace liftwell::conventions
