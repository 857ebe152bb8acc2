// SPDX-License-Identifier: MIT
// The part of ComponentReader that reads stages, whose type is a verb among their keys.
#include <fmt/format.h>

#include <algorithm>

#include "liftwell/config/component_reader.hpp"
#include "liftwell/config/names.hpp"

namespace liftwell {
std::vector<const ComponentDeclaration*> possible_verbs(const Registry& registry,
                                                        const std::vector<std::string>& keys) {
  std::vector<const ComponentDeclaration*> verbs;
  for (const std::string& key : keys)
    if (const auto* declaration = registry.find("stage", key)) verbs.push_back(declaration);
  if (verbs.size() < 2) return verbs;
  std::vector<const ComponentDeclaration*> whole;
  for (const ComponentDeclaration* verb : verbs)
    if (std::all_of(verbs.begin(), verbs.end(), [&](const auto* other) { return declares(*verb, other->name); }))
      whole.push_back(verb);
  return whole.size() == 1 ? whole : verbs;
}

const ComponentDeclaration* ComponentReader::verb_of(const Node& node, const std::string& path) {
  const std::vector<std::string> keys = keys_of(node);
  const std::vector<std::string> known = registry_.names("stage");
  const auto verbs = possible_verbs(registry_, keys);
  if (verbs.size() == 1) return verbs.front();
  if (verbs.size() > 1) {
    std::vector<std::string> names;
    for (const ComponentDeclaration* verb : verbs) names.push_back(verb->name);
    error({.location = node.location,
           .path = path,
           .message = "does more than one thing",
           .given = fmt::format("{}", fmt::join(names, " and ")),
           .allowed = "one of " + join_or(known)});
    return nullptr;
  }
  std::string suggestion;
  for (const std::string& key : keys)
    if (suggestion.empty()) suggestion = nearest(key, known);
  error({.location = node.location,
         .path = path,
         .message = "says nothing to do",
         .given = keys.empty() ? "no keys" : fmt::format("keys {}", fmt::join(keys, ", ")),
         .allowed = "one of " + join_or(known) + ", or repeat",
         .suggestion = std::move(suggestion)});
  return nullptr;
}

std::shared_ptr<const Configured> ComponentReader::stage(const std::string& name, const Node& node,
                                                         const std::string& path,
                                                         std::vector<StageReference>& references) {
  if (!node.is_mapping()) {
    fail(node, path, "must be a mapping that says what to do",
         "one of " + join_or(registry_.names("stage")) + ", or repeat");
    return nullptr;
  }
  const ComponentDeclaration* verb = verb_of(node, path);
  if (verb == nullptr) return nullptr;
  references_ = &references;
  auto configured = extract(*verb, node, path, name, {});
  references_ = nullptr;
  return configured;
}

}  // namespace liftwell
