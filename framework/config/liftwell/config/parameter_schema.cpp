// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>

#include "liftwell/config/schema_parts.hpp"

namespace liftwell::schema {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(".^$*+?()[]{}|\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// A number, or the number with one of the units of its dimension.
std::string quantity_pattern(const Parameter& parameter) {
  std::string units;
  if (parameter.kind == ValueKind::real)
    for (const std::string& spelling : unit_spellings(parameter.unit))
      units += (units.empty() ? "" : "|") + escaped(spelling);
  std::string out = number_pattern;
  if (parameter.kind == ValueKind::real && parameter.attributes.infinite) out = fmt::format("({}|[+-]?\\.inf)", out);
  if (!units.empty()) out += fmt::format("( *({}))?", units);
  return out;
}

void put_range(const Range& range, Json& schema) {
  const auto number = [](double value) -> Json {
    if (value == std::floor(value) && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
    return value;
  };
  if (std::isfinite(range.low)) schema[range.low_open ? "exclusiveMinimum" : "minimum"] = number(range.low);
  if (std::isfinite(range.high)) schema[range.high_open ? "exclusiveMaximum" : "maximum"] = number(range.high);
}

Json default_json(const Parameter& parameter, const Node& node) {
  if (node.is_sequence()) {
    Json list = Json::array();
    for (const Node& item : node.items) list.push_back(default_json(parameter, item));
    return list;
  }
  if (parameter.kind == ValueKind::boolean) return node.text == "true";
  if (parameter.kind == ValueKind::integer || parameter.kind == ValueKind::real) {
    Json number = Json::parse(node.text, nullptr, false);
    return number.is_discarded() ? Json(node.text) : number;
  }
  return node.text;
}

Json group_schema(const Parameter& parameter);

/// One value, before lists and mappings of it.
Json single_schema(const Parameter& parameter) {
  std::vector<Json> choices;
  switch (parameter.kind) {
    case ValueKind::boolean: choices.push_back({{"type", "boolean"}}); break;
    case ValueKind::integer:
    case ValueKind::real: {
      Json number{{"type", parameter.kind == ValueKind::real ? "number" : "integer"}};
      put_range(parameter.attributes.range, number);
      choices.push_back(std::move(number));
      choices.push_back(pattern(quantity_pattern(parameter)));
      break;
    }
    case ValueKind::text:
      if (parameter.attributes.choices.empty())
        choices.push_back({{"type", {"string", "number", "boolean"}}});
      else
        choices.push_back({{"enum", parameter.attributes.choices}});
      break;
    case ValueKind::file: choices.push_back({{"type", "string"}, {"minLength", 1}}); break;
    case ValueKind::component: return reference(parameter.component_family);
    case ValueKind::input: choices.push_back(reference("stage_output")); break;
    case ValueKind::group: choices.push_back(group_schema(parameter)); break;
  }
  choices.push_back(reference("variable"));
  return any_of(std::move(choices));
}

std::string description(const Parameter& parameter) {
  std::string out = parameter.sentence;
  std::string facts = parameter.type_text();
  if (parameter.unit != unit::none) facts += fmt::format(", {}", parameter.unit.name);
  if (parameter.kind == ValueKind::input) facts = "a stage whose output is of type " + parameter.artifact_type;
  if (parameter.kind == ValueKind::group) facts.clear();
  if (!facts.empty()) out += fmt::format(" ({})", facts);
  if (!parameter.attributes.deprecated.empty()) out += " Deprecated: " + parameter.attributes.deprecated + ".";
  return out;
}

Json parameter_schema(const Parameter& parameter) {
  const Json single = single_schema(parameter);
  Json schema = single;
  const bool many = parameter.list || parameter.many_inputs;
  if (parameter.list_of_lists)
    schema = any_of({list_of(any_of({list_of(single), single})), single});
  else if (many)
    schema = any_of({list_of(single), single});
  else if (parameter.mapping)
    schema = any_of({Json{{"type", "object"}, {"additionalProperties", single}}, reference("variable")});
  // Siblings of $ref are ignored in draft-07, so a bare reference is wrapped.
  if (schema.contains("$ref")) schema = Json{{"allOf", Json::array({schema})}};
  Json out{{"description", description(parameter)}};
  const Node& value = parameter.default_value;
  if ((value.is_scalar() || value.is_sequence()) && parameter.kind != ValueKind::component)
    out["default"] = default_json(parameter, value);
  out.update(schema);
  return out;
}

Json group_schema(const Parameter& parameter) {
  Json properties = Json::object();
  Json required = Json::array();
  put_parameters(parameter.members, properties, required);
  return closed_object(std::move(properties), required);
}

}  // namespace

Json reference(const std::string& definition) { return {{"$ref", "#/definitions/" + definition}}; }

Json any_of(std::vector<Json> choices) {
  if (choices.size() == 1) return choices.front();
  return {{"anyOf", std::move(choices)}};
}

Json list_of(const Json& items) { return {{"type", "array"}, {"items", items}}; }

Json pattern(const std::string& text) { return {{"type", "string"}, {"pattern", "^" + text + "$"}}; }

Json closed_object(Json properties, const Json& required) {
  Json out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = required;
  return out;
}

void put_parameters(const std::vector<Parameter>& parameters, Json& properties, Json& required) {
  for (const Parameter& parameter : parameters) {
    const Json schema = parameter_schema(parameter);
    properties[parameter.key] = schema;
    for (const std::string& old_key : parameter.attributes.renamed_from) {
      properties[old_key] = schema;
      properties[old_key]["description"] = "Now called '" + parameter.key + "'.";
    }
    if (parameter.attributes.required && parameter.attributes.renamed_from.empty()) required.push_back(parameter.key);
  }
}

}  // namespace liftwell::schema
