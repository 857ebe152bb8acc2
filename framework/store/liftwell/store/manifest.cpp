// SPDX-License-Identifier: MIT
#include "liftwell/store/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

using Fingerprints = std::map<std::string, std::string>;

/// Every whole file at or below `path`, relative to it (empty for a file itself). Leftovers of a
/// write that was killed are not part of anything.
std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {fs::path()};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file() && entry.path().extension() != ".tmp")
      files.push_back(entry.path().lexically_relative(path));
  return files;
}

/// `path` as it is called inside the run folder.
fs::path inside(const fs::path& folder, const fs::path& path) {
  const fs::path name =
      fs::absolute(path).lexically_normal().lexically_relative(fs::absolute(folder / ".").lexically_normal());
  ensure(!name.empty() && *name.begin() != "..", "the manifest was given a path outside the run folder");
  return name;
}

/// Whether `name` is `folder` or in it; both are called as inside the run folder, which is ".".
bool below(const std::string& folder, const std::string& name) {
  return folder == "." || name == folder || name.starts_with(folder + "/");
}

}  // namespace

std::string Discrepancy::text() const {
  return file + (kind == Kind::missing ? " is missing" : " has changed since it was written");
}

Manifest::Manifest(fs::path run_folder, Provenance provenance, Fingerprints artifacts)
    : folder_(std::move(run_folder)), provenance_(std::move(provenance)), artifacts_(std::move(artifacts)) {}

Manifest::Manifest(Manifest&& other) noexcept
    : folder_(std::move(other.folder_)),
      provenance_(std::move(other.provenance_)),
      artifacts_(std::move(other.artifacts_)) {}

Manifest Manifest::create(const fs::path& run_folder, Provenance provenance) {
  Manifest manifest(run_folder, std::move(provenance), {});
  manifest.save();
  return manifest;
}

Manifest Manifest::open(const fs::path& run_folder) {
  const fs::path file = run_folder / file_name;
  if (!fs::exists(file))
    throw StorageError(
        fmt::format("{} is not the folder of a liftwell run: it has no {}", run_folder.string(), file_name));
  try {
    const auto json = nlohmann::json::parse(read_file(file));
    Provenance from;
    from.versions = json.at("versions").get<std::map<std::string, std::string>>();
    from.seed = json.at("seed");
    from.host = json.at("host");
    from.threads = json.at("threads");
    from.command = json.at("command");
    from.started = json.at("started");
    return {run_folder, std::move(from), json.at("artifacts").get<Fingerprints>()};
  } catch (const nlohmann::json::exception& error) {
    const auto* syntax = dynamic_cast<const nlohmann::json::parse_error*>(&error);
    throw StorageError(fmt::format(
        "{} is not a manifest of liftwell ({}); restore it, or remove it to have the finished outputs taken as they "
        "are",
        file.string(),
        syntax != nullptr ? fmt::format("no JSON from byte {} on", syntax->byte) : "something is missing in it"));
  }
}

Fingerprints Manifest::artifacts() const {
  const std::lock_guard lock(mutex_);
  return artifacts_;
}

void Manifest::record(const fs::path& path) { record(path, path); }

void Manifest::record(const fs::path& path, const fs::path& final_path) {
  const fs::path called = inside(folder_, final_path);
  // Fingerprints take long: made before anyone has to wait.
  Fingerprints found;
  for (const fs::path& file : files_of(path))
    found[(file.empty() ? called : called / file).generic_string()] = sha256_of(file.empty() ? path : path / file);
  const std::lock_guard lock(mutex_);
  std::erase_if(artifacts_,
                [folder = called.generic_string()](const auto& entry) { return below(folder, entry.first); });
  artifacts_.merge(found);
  save();
}

std::vector<Discrepancy> Manifest::verify() const { return verify(folder_); }

bool Manifest::lists(const fs::path& path) const {
  const std::string called = inside(folder_, path).generic_string();
  const auto listed = artifacts();
  return std::any_of(listed.begin(), listed.end(), [&](const auto& entry) { return below(called, entry.first); });
}

std::vector<Discrepancy> Manifest::verify(const fs::path& path) const {
  const std::string called = inside(folder_, path).generic_string();
  std::vector<Discrepancy> out;
  for (const auto& [name, fingerprint] : artifacts()) {
    if (!below(called, name)) continue;
    if (!fs::is_regular_file(folder_ / name))
      out.push_back({name, Discrepancy::Kind::missing});
    else if (sha256_of(folder_ / name) != fingerprint)
      out.push_back({name, Discrepancy::Kind::changed});
  }
  return out;
}

void Manifest::save() const {
  nlohmann::ordered_json json;
  json["versions"] = provenance_.versions;
  json["seed"] = provenance_.seed;
  json["host"] = provenance_.host;
  json["threads"] = provenance_.threads;
  json["command"] = provenance_.command;
  json["started"] = provenance_.started;
  json["artifacts"] = artifacts_;
  // A command line may hold bytes that are not UTF-8; they must not keep a run from starting.
  write_file(folder_ / file_name, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace liftwell
