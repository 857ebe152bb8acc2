// SPDX-License-Identifier: MIT
// Files that a workflow names: where they are, and what a run calls its copies of them.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/node.hpp"

namespace liftwell {

/// The folder of a run in which copies of everything it read are kept.
inline constexpr const char* inputs_folder = "inputs";

class InputFiles {
 public:
  /// Relative paths are from `folder`; without one, from the workflow file that states them, or from
  /// the current folder where they were given on the command line.
  explicit InputFiles(std::optional<std::filesystem::path> folder = {}) : folder_(std::move(folder)) {}

  /// Where the path that stands at `node` leads.
  [[nodiscard]] std::filesystem::path locate(const Node& node) const;

  /// Makes `file` one of those kept and returns the name of its copy: its own, with a number added
  /// where another file has that already. Asked again, the answer is the same.
  std::string keep(const std::filesystem::path& file, InputFile::Kind kind);

  [[nodiscard]] const std::vector<InputFile>& kept() const { return kept_; }

 private:
  std::optional<std::filesystem::path> folder_;
  std::vector<InputFile> kept_;
  std::set<std::string> names_;
};

}  // namespace liftwell
