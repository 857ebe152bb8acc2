// SPDX-License-Identifier: MIT
// manifest.json: how a run came about, and the fingerprint of everything it made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace liftwell {

/// Where a run came from; everything that may differ between two equal runs lives here.
struct Provenance {
  std::map<std::string, std::string> versions;  ///< "liftwell" -> "0.1.0"
  std::uint64_t seed = 0;
  std::string host;
  int threads = 1;
  std::string command;
  std::string started;  ///< ISO 8601, UTC
};

/// A file whose contents are not what the manifest says.
struct Discrepancy {
  enum class Kind { missing, changed };
  std::string file;  ///< relative to the run folder
  Kind kind = Kind::missing;
  [[nodiscard]] std::string text() const;
};

/// Thread-safe; every change is on disk when the call returns.
class Manifest {
 public:
  static constexpr const char* file_name = "manifest.json";

  static Manifest create(const std::filesystem::path& run_folder, Provenance provenance);
  static Manifest open(const std::filesystem::path& run_folder);
  Manifest(Manifest&& other) noexcept;

  [[nodiscard]] const Provenance& provenance() const { return provenance_; }
  /// Path relative to the run folder -> SHA-256.
  [[nodiscard]] std::map<std::string, std::string> artifacts() const;

  /// Takes the fingerprints of a file or of everything in a folder.
  void record(const std::filesystem::path& path);
  /// The same for what will soon be called `final_path`.
  void record(const std::filesystem::path& path, const std::filesystem::path& final_path);

  /// Every listed file that is missing or has changed.
  [[nodiscard]] std::vector<Discrepancy> verify() const;
  /// The same for what is listed below `path`; nothing when `path` itself was never recorded.
  [[nodiscard]] std::vector<Discrepancy> verify(const std::filesystem::path& path) const;
  /// Whether something below `path` is listed.
  [[nodiscard]] bool lists(const std::filesystem::path& path) const;

 private:
  Manifest(std::filesystem::path run_folder, Provenance provenance, std::map<std::string, std::string> artifacts);
  void save() const;

  std::filesystem::path folder_;
  Provenance provenance_;
  std::map<std::string, std::string> artifacts_;
  mutable std::mutex mutex_;
};

}  // namespace liftwell
