// SPDX-License-Identifier: MIT
// Validation against JSON Schemas by an independent implementation, Debian's python3-jsonschema.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "liftwell/registry/node.hpp"

namespace liftwell::testing {

struct SchemaCase {
  std::string name;
  std::string definition;  ///< "" for the schema itself
  nlohmann::json instance;
};

/// The YAML tree as JSON, with scalars typed as the YAML core schema types them.
[[nodiscard]] nlohmann::json as_json(const Node& node);

/// A line "name: why" for each case that is rejected.
[[nodiscard]] std::vector<std::string> rejected(const std::string& schema, const std::vector<SchemaCase>& cases);

}  // namespace liftwell::testing
