// SPDX-License-Identifier: MIT
// Shared by the tests of the store: how a call fails, and places where nothing can be written.
#pragma once

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "liftwell/base/error.hpp"

namespace liftwell::testing {

/// The message of the StorageError that `call` must throw.
template <class Call>
std::string storage_error(Call call) {
  try {
    call();
  } catch (const StorageError& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

/// While it lives no file can grow beyond `bytes`, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

/// A file system of 64 KB mounted on `folder`, where this process may mount one.
class TinyDisk {
 public:
  explicit TinyDisk(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  ~TinyDisk() {
    if (mounted_) ::umount(folder_.c_str());
  }
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  std::filesystem::path folder_;
  bool mounted_ = false;
};

/// While it lives `folder` cannot be written to, not even by tests that run as root.
class ReadOnlyFolder {
 public:
  explicit ReadOnlyFolder(std::filesystem::path folder) : folder_(std::move(folder)), user_(geteuid()) {
    using std::filesystem::perms;
    permissions(folder_, perms::owner_read | perms::owner_exec | perms::others_read | perms::others_exec);
    if (user_ == 0) dropped_ = seteuid(65534) == 0;
  }
  ~ReadOnlyFolder() {
    if (dropped_ && seteuid(user_) != 0) std::abort();
    permissions(folder_, std::filesystem::perms::owner_all);
  }
  ReadOnlyFolder(const ReadOnlyFolder&) = delete;
  ReadOnlyFolder& operator=(const ReadOnlyFolder&) = delete;

 private:
  std::filesystem::path folder_;
  uid_t user_;
  bool dropped_ = false;
};

}  // namespace liftwell::testing
