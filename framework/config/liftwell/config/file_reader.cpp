// SPDX-License-Identifier: MIT
// The part of ComponentReader that reads parameters which name a file.
#include "liftwell/config/component_reader.hpp"

namespace liftwell {

namespace fs = std::filesystem;

namespace {

/// The file of the same folder that may have been meant, as it would have to be written.
std::string suggested_file(const fs::path& given, const fs::path& located) {
  std::vector<std::string> beside;
  std::error_code unreadable;
  const fs::path folder = located.has_parent_path() ? located.parent_path() : fs::path(".");
  for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end; entry.increment(unreadable))
    beside.push_back(entry->path().filename().string());
  const std::string name = nearest(located.filename().string(), beside);
  return name.empty() ? "" : (given.parent_path() / name).string();
}

}  // namespace

std::optional<fs::path> ComponentReader::file(const Node& node, const std::string& path) {
  const fs::path located = inputs_.locate(node);
  const bool in_file = node.location.line > 0;
  const std::string allowed = in_file ? "a path from the folder of the workflow" : "a path from the current folder";
  std::error_code unreadable;
  if (fs::is_directory(located, unreadable)) {
    fail(node, path, "is a folder, not a file", allowed);
    return std::nullopt;
  }
  if (!fs::exists(located, unreadable)) {
    fail(node, path, "there is no such file", allowed, suggested_file(node.text, located));
    return std::nullopt;
  }
  (void)inputs_.keep(located, InputFile::Kind::parameter);
  return located;
}

void ComponentReader::name_files(const std::vector<Parameter>& parameters, Node& resolved) {
  const auto rename = [&](const auto& self, Node& value) -> void {
    if (value.is_scalar())
      value.text = std::string(inputs_folder) + "/" + inputs_.keep(value.text, InputFile::Kind::parameter);
    for (Node& item : value.items) self(self, item);
    for (NodeEntry& entry : value.entries) self(self, entry.value);
  };
  for (const Parameter& parameter : parameters) {
    Node* value = resolved.find(parameter.key);
    if (value == nullptr) continue;
    if (parameter.kind == ValueKind::group) name_files(parameter.members, *value);
    if (parameter.kind == ValueKind::file) rename(rename, *value);
  }
}

}  // namespace liftwell
