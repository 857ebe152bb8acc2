// SPDX-License-Identifier: MIT
// The figures of a run, made from its artifacts.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "liftwell/reporting/figure.hpp"

namespace liftwell {

struct NamedFigure {
  std::string file;  ///< name below figures/, "profile-free-energy.svg"
  Figure figure;
};

/// Free energies (last, over the cycles, their differences), draws, and training losses. What can't
/// be read from disk is left out, with a line in `problems`.
[[nodiscard]] std::vector<NamedFigure> run_figures(const std::filesystem::path& run_folder,
                                                   const nlohmann::json& summary, std::vector<std::string>& problems);

/// What a sweep's aggregates draw.
[[nodiscard]] std::vector<NamedFigure> sweep_figures(const nlohmann::json& summary);

}  // namespace liftwell
