// SPDX-License-Identifier: MIT
#include "model_file.hpp"

namespace liftwell {

ModelFile::ModelFile(const std::filesystem::path& file, std::string_view format, std::string_view version)
    : file_(file), in_(file) {
  if (!in_.has_attribute("format")) throw refusal("is not a score model (no attribute 'format')");
  if (const std::string found = in_.attribute("format"); found != format)
    throw refusal(fmt::format("is a '{}', not a '{}'", found, format));
  std::string found;
  read([&](const Hdf5Reader& in) { found = in.attribute("format_version"); });
  if (found != version)
    throw refusal(fmt::format("has format version {}, this liftwell reads version {}", found, version));
}

StorageError ModelFile::refusal(const std::string& why) const {
  return StorageError(fmt::format("{}: {}; {}", file_.string(), why, remedy));
}

}  // namespace liftwell
