// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "liftwell/data/pdb.hpp"

namespace liftwell {

/// The models of a PDB file. Throws StorageError where it cannot be read, InputError where it is no such file.
[[nodiscard]] Structure read_pdb(const std::filesystem::path& file);

}  // namespace liftwell
