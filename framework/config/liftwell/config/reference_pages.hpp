// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "liftwell/registry/registry.hpp"

namespace liftwell {

/// A Markdown page for every family, by file name ("potential.md"): each component with its summary,
/// reference, parameters and example.
[[nodiscard]] std::map<std::string, std::string> reference_pages(const Registry& registry);

/// Plain text about one component, for the terminal.
[[nodiscard]] std::string describe_component(const ComponentDeclaration& declaration);

/// A parameter's default as a user would write it; "required", or "unset".
[[nodiscard]] std::string default_text(const Parameter& parameter);

}  // namespace liftwell
