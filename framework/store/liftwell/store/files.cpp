// SPDX-License-Identifier: MIT
#include "liftwell/store/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace liftwell {
namespace fs = std::filesystem;
namespace {

StorageError failure(const std::string& what, const fs::path& file, const std::error_code& error) {
  // Not strerror: several stages may fail at once.
  std::string reason = error.message();
  if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return StorageError(fmt::format("cannot {} {}: {}", what, file.string(), reason));
}

[[noreturn]] void fail(const std::string& what, const fs::path& file, int error) {
  throw failure(what, file, {error, std::generic_category()});
}

/// An open file; every failure names `shown`, the name that the user knows it by.
class Descriptor {
 public:
  Descriptor(const fs::path& file, int flags, std::string purpose, fs::path shown)
      : purpose_(std::move(purpose)),
        shown_(std::move(shown)),
        descriptor_(::open(file.c_str(), flags | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) fail(purpose_, shown_, errno);
  }
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void write(std::string_view contents) const {
    while (!contents.empty()) {
      const ssize_t written = ::write(descriptor_, contents.data(), contents.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(purpose_, shown_, errno);
      contents.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// Number of bytes read; 0 at the end.
  [[nodiscard]] std::size_t read(char* out, std::size_t size) const {
    for (;;) {
      const ssize_t got = ::read(descriptor_, out, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) fail(purpose_, shown_, errno);
    }
  }

  void flush_to_disk() const {
    // Some file systems cannot flush folders; their renames are ordered anyway.
    if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(purpose_, shown_, errno);
  }

  /// Some file systems report a full disk only now.
  void close() {
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(purpose_, shown_, errno);
  }

 private:
  std::string purpose_;
  fs::path shown_;
  int descriptor_;
};

void rename_durably(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail("write", to, errno);
  const fs::path parent = to.has_parent_path() ? to.parent_path() : fs::path(".");
  Descriptor(parent, O_RDONLY | O_DIRECTORY, "flush", parent).flush_to_disk();
}

}  // namespace

void write_through(const fs::path& named, const std::function<void(const fs::path&)>& write) {
  std::error_code unknown;
  if (fs::exists(named, unknown) && !fs::is_regular_file(named, unknown))
    throw StorageError(fmt::format("cannot write {}: it is no regular file", named.string()));
  fs::path file = named;
  for (int links = 0; links < 40 && fs::is_symlink(file, unknown); ++links)  // as many as the system follows
    file = file.parent_path() / fs::read_symlink(file);
  fs::path temporary = file;
  temporary += ".tmp";
  try {
    write(temporary);
    Descriptor(temporary, O_RDONLY, "write", file).flush_to_disk();
    rename_durably(temporary, file);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_file(const fs::path& file, std::string_view contents) {
  write_through(file, [&](const fs::path& temporary) {
    Descriptor out(temporary, O_WRONLY | O_CREAT | O_TRUNC, "write", file);
    out.write(contents);
    out.close();
  });
}

StorageError as_storage_error(const std::string& what, const fs::filesystem_error& error) {
  return failure(what, error.path2().empty() ? error.path1() : error.path2(), error.code());
}

void rename_folder(const fs::path& from, const fs::path& to) { rename_durably(from, to); }

std::string read_file(const fs::path& file) {
  const Descriptor in(file, O_RDONLY, "read", file);
  std::string out;
  std::array<char, 1 << 16> buffer{};
  while (const std::size_t got = in.read(buffer.data(), buffer.size())) out.append(buffer.data(), got);
  return out;
}

std::string sha256_of(const fs::path& file) {
  const Descriptor in(file, O_RDONLY, "read", file);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  ensure(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1,
         "SHA-256 is not available in libcrypto");
  std::array<char, 1 << 16> buffer{};
  while (const std::size_t got = in.read(buffer.data(), buffer.size()))
    ensure(EVP_DigestUpdate(context.get(), buffer.data(), got) == 1, "SHA-256 could not go on");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  ensure(EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1, "SHA-256 could not end");
  std::string out;
  for (unsigned i = 0; i < length; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

}  // namespace liftwell
