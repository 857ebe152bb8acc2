// SPDX-License-Identifier: MIT
// Reading and writing the typed artifacts. One folder per artifact; every file in it is whole.
//
// The main file is named after the type, TYPE.h5, and carries it as its attribute "artifact"; arrays
// are datasets, the small rest is JSON text in the attribute "json". Nothing in it depends on time,
// machine or place, so equal results are equal bytes.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "liftwell/data/ensemble.hpp"
#include "liftwell/data/results.hpp"

namespace liftwell {

/// The type that the artifact in `folder` says it is of ("targets", "ensemble", "score_model", …);
/// "" when the folder holds none.
[[nodiscard]] std::string artifact_type(const std::filesystem::path& folder);

/// Throws StorageError, saying what was found, unless `folder` holds an artifact of type `wanted`.
void require_artifact(const std::filesystem::path& folder, const std::string& wanted);

/// Opens the artifact in `folder`. Throws StorageError that names the file when something is
/// missing, truncated or of another type.
template <class Artifact>
[[nodiscard]] std::shared_ptr<const Artifact> load_artifact(const std::filesystem::path& folder);

template <>
std::shared_ptr<const Ensemble> load_artifact(const std::filesystem::path& folder);
template <>
std::shared_ptr<const Targets> load_artifact(const std::filesystem::path& folder);
template <>
std::shared_ptr<const Draws> load_artifact(const std::filesystem::path& folder);
template <>
std::shared_ptr<const Starts> load_artifact(const std::filesystem::path& folder);
template <>
std::shared_ptr<const FreeEnergy> load_artifact(const std::filesystem::path& folder);
template <>
std::shared_ptr<const Findings> load_artifact(const std::filesystem::path& folder);

void save_artifact(const std::filesystem::path& folder, const Targets& targets);
void save_artifact(const std::filesystem::path& folder, const Draws& draws);
void save_artifact(const std::filesystem::path& folder, const Starts& starts);
void save_artifact(const std::filesystem::path& folder, const FreeEnergy& free_energy);
void save_artifact(const std::filesystem::path& folder, const Findings& findings);

}  // namespace liftwell
