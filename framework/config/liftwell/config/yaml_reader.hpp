// SPDX-License-Identifier: MIT
// YAML text as a tree of nodes that know where they stand. Duplicate keys are findings, merge keys
// (<<) and aliases are applied, so what comes out is plain mappings, lists and scalars.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/registry/node.hpp"

namespace liftwell {

/// Reads one document. `source` is what locations call the text. An empty document is a null node.
/// Nothing comes back after a syntax error; other findings leave a usable tree.
[[nodiscard]] std::optional<Node> read_yaml(const std::string& text, const std::string& source, Diagnostics& errors);

/// As read_yaml for a file, which must not be empty. Locations name it as it was given.
[[nodiscard]] std::optional<Node> read_yaml_file(const std::filesystem::path& file, Diagnostics& errors);

/// Gives a whole tree one location: that of a value from the command line.
void relocate(Node& node, const Location& location);

}  // namespace liftwell
