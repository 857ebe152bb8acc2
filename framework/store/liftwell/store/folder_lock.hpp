// SPDX-License-Identifier: MIT
// One run at a time in a folder.
#pragma once

#include <filesystem>

namespace liftwell {

/// Holds a lock on a folder that exists, until it is destroyed or the process ends in any way. Throws InputError where
/// another process holds it. File systems that know no locks are used without.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_;
};

}  // namespace liftwell
