// SPDX-License-Identifier: MIT
#include "liftwell/config/input_files.hpp"

namespace liftwell {

namespace fs = std::filesystem;

fs::path InputFiles::locate(const Node& node) const {
  fs::path folder;
  if (folder_)
    folder = *folder_;
  else if (node.location.line > 0)
    folder = fs::path(node.location.source).parent_path();
  return (folder / node.text).lexically_normal();
}

std::string InputFiles::keep(const fs::path& file, InputFile::Kind kind) {
  std::error_code unresolvable;
  fs::path source = fs::weakly_canonical(file, unresolvable);
  if (unresolvable) source = fs::absolute(file);
  for (const InputFile& known : kept_)
    if (known.source == source) return known.name;
  std::string name = file.filename().string();
  for (int number = 2; !names_.insert(name).second; ++number)
    name = file.stem().string() + "-" + std::to_string(number) + file.extension().string();
  kept_.push_back({name, std::move(source), kind});
  return name;
}

}  // namespace liftwell
