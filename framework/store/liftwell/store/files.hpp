// SPDX-License-Identifier: MIT
// Files that are whole or absent, and their fingerprints.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "liftwell/base/error.hpp"

namespace liftwell {

/// Writes to a temporary neighbour (FILE.tmp), flushes to disk and renames. Throws StorageError
/// ("cannot write FILE: no space left on device"); the old file, if any, stays as it was. A link stays, what it points
/// at is written; devices and pipes are refused. Two threads may not write the same file at once.
void write_file(const std::filesystem::path& file, std::string_view contents);

/// As above for libraries that write to a path of their own: `write` gets the temporary path.
void write_through(const std::filesystem::path& file, const std::function<void(const std::filesystem::path&)>& write);

/// Gives a finished folder its final name and flushes that to disk.
void rename_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// What the standard library's file functions threw, in the words of this header: "cannot WHAT FILE: …".
[[nodiscard]] StorageError as_storage_error(const std::string& what, const std::filesystem::filesystem_error& error);

/// All bytes of a file. Throws StorageError ("cannot read FILE: permission denied").
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// Lower-case hexadecimal SHA-256 of a file's bytes.
[[nodiscard]] std::string sha256_of(const std::filesystem::path& file);

}  // namespace liftwell
