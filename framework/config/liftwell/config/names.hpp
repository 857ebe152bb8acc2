// SPDX-License-Identifier: MIT
// What users may call things.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "liftwell/registry/registry.hpp"

namespace liftwell {

/// Names of the workflow and of components: letters, digits, '_' and '-' ('.' inside a workflow's).
[[nodiscard]] bool is_component_name(std::string_view name);
[[nodiscard]] bool is_workflow_name(std::string_view name);
/// Stage names become folders on any file system, so they are lower case.
[[nodiscard]] bool is_stage_name(std::string_view name);
[[nodiscard]] bool is_variable_name(std::string_view name);

/// What the four checks above accept, in words.
inline constexpr std::string_view component_name_rule = "letters, digits, '_' and '-', beginning with a letter";
inline constexpr std::string_view workflow_name_rule =
    "letters, digits, '_', '-' and '.', beginning with a letter or digit, at most 64, no name reserved by Windows";
inline constexpr std::string_view stage_name_rule =
    "lower-case letters, digits, '_' and '-', beginning with a letter, at most 64, no name reserved by Windows";
inline constexpr std::string_view variable_name_rule = "letters, digits and '_', beginning with a letter or '_'";

/// What is said of variables and components that nothing uses.
inline constexpr std::string_view never_used = "is never used";

/// The stage name nearest to `name` that is allowed: "My Stage" -> "my_stage".
[[nodiscard]] std::string as_stage_name(std::string_view name);

/// Whether the component has a parameter `key`.
[[nodiscard]] bool declares(const ComponentDeclaration& declaration, std::string_view key);

/// The keys of a mapping, in their order.
[[nodiscard]] std::vector<std::string> keys_of(const Node& mapping);

/// Every key that may stand at the top of a workflow: the fixed ones and the families' sections.
[[nodiscard]] std::vector<std::string> top_level_keys(const Registry& registry);
/// The family named by a section, or null.
[[nodiscard]] const FamilyInfo* family_of_section(const std::vector<FamilyInfo>& families, std::string_view section);

}  // namespace liftwell
