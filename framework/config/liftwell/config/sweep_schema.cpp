// SPDX-License-Identifier: MIT
// The part of the JSON Schema that describes `sweep:`.
#include "liftwell/config/schema_parts.hpp"

namespace liftwell::schema {

Json sweep_schema(bool has_aggregates) {
  const Json single{{"type", {"string", "number", "boolean"}}};
  const Json whole = any_of({{{"type", "integer"}}, reference("variable")});
  Json list{{"type", "array"}, {"minItems", 1}, {"items", single}};
  list["description"] = "Values of the variable or path that the axis is named after.";
  Json range = closed_object({{"from", whole}, {"count", whole}}, {"from", "count"});
  range["description"] = "That many whole numbers, from the first on.";
  Json named{{"type", "object"}, {"minProperties", 1}, {"additionalProperties", {{"type", "object"}}}};
  named["description"] = "Names, each with the variables and paths it sets: {NAME: {PATH: value}}.";
  Json axis = any_of({std::move(list), std::move(range), std::move(named), reference("variable")});
  Json over{{"type", "object"}, {"minProperties", 1}, {"additionalProperties", std::move(axis)}};
  over["description"] = "The axes: variables, the seed, paths, or names for sets of values.";
  Json properties{{"over", std::move(over)}};
  if (has_aggregates) {
    const Json one = reference("aggregate");
    properties["aggregate"] = any_of({one, list_of(one)});
    properties["aggregate"]["description"] = "What is computed over the points.";
  }
  properties["points_in"] = {{"type", "string"},
                             {"description", "In the folder of a run: where the points' own run folders are."}};
  return closed_object(std::move(properties), {"over"});
}

}  // namespace liftwell::schema
