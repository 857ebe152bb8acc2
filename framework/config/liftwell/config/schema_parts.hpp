// SPDX-License-Identifier: MIT
// Pieces of JSON Schema: what one declared parameter accepts, and small combinations.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "liftwell/registry/parameter.hpp"

namespace liftwell::schema {

using Json = nlohmann::ordered_json;

inline constexpr auto number_pattern = R"([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)";

[[nodiscard]] Json reference(const std::string& definition);
[[nodiscard]] Json any_of(std::vector<Json> choices);
[[nodiscard]] Json list_of(const Json& items);
/// Text that matches the whole pattern.
[[nodiscard]] Json pattern(const std::string& text);
/// A mapping with these keys and no others.
[[nodiscard]] Json closed_object(Json properties, const Json& required);
/// Adds the properties and required keys of a mapping that is read against `parameters`.
void put_parameters(const std::vector<Parameter>& parameters, Json& properties, Json& required);

/// The `sweep` of a workflow; without a family of aggregates, one that has none.
[[nodiscard]] Json sweep_schema(bool has_aggregates);

}  // namespace liftwell::schema
