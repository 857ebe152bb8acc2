// SPDX-License-Identifier: MIT
#include "liftwell/config/json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "liftwell/config/component_reader.hpp"
#include "liftwell/config/schema_parts.hpp"

namespace liftwell {
namespace {

using namespace schema;

Json component_schema(const ComponentDeclaration& declaration) {
  Json properties = Json::object();
  Json required = Json::array();
  if (declaration.family.name != "stage") {
    properties["type"] = {{"const", declaration.name}, {"description", declaration.summary}};
    properties["name"] = {{"type", "string"}, {"description", "What results call it; its type when not given."}};
  }
  put_parameters(declaration.parameters, properties, required);
  Json out{{"title", declaration.family.name + "/" + declaration.name}, {"description", declaration.summary}};
  out.update(closed_object(std::move(properties), required));
  return out;
}

Json when(Json condition, Json then) { return {{"if", std::move(condition)}, {"then", std::move(then)}}; }

/// A mapping whose `type` decides which definition it has to fit.
Json family_in_place(const FamilyInfo& family, const std::vector<std::string>& types) {
  Json out{{"type", "object"}};
  Json cases = Json::array();
  for (const std::string& type : types)
    cases.push_back(when({{"properties", {{"type", {{"const", type}}}}}, {"required", {"type"}}},
                         reference(family.name + "." + type)));
  out["properties"]["type"] = {{"description", family.summary},
                               {"anyOf", {Json{{"enum", types}}, reference("variable")}}};
  if (family.default_type.empty())
    out["required"] = {"type"};
  else
    cases.push_back(when({{"not", {{"required", {"type"}}}}}, reference(family.name + "." + family.default_type)));
  out["allOf"] = std::move(cases);
  return out;
}

Json family_schema(const FamilyInfo& family) {
  const std::string place = family.section.empty() ? "" : fmt::format(" named under '{}'", family.section);
  return {{"description", family.summary},
          {"anyOf",
           {Json{{"type", "string"},
                 {"description", fmt::format("A {}{}, or a type that needs no options.", family.name, place)}},
            reference(family.name + ".in_place")}}};
}

/// A stage's definition is chosen by its verb, as possible_verbs() does it.
Json stage_schema(const Registry& registry) {
  const std::vector<std::string> verbs = registry.names("stage");
  Json choices = Json::array();
  Json cases = Json::array();
  for (const std::string& verb : verbs) {
    choices.push_back({{"required", {verb}}});
    Json condition{{"required", {verb}}};
    Json others = Json::array();
    for (const std::string& other : verbs) {
      const auto winners = possible_verbs(registry, {verb, other});
      if (other != verb && winners.size() == 1 && winners.front()->name == other)
        others.push_back({{"required", {other}}});
    }
    if (!others.empty()) condition["not"] = {{"anyOf", others}};
    cases.push_back(when(std::move(condition), reference("stage." + verb)));
  }
  Json out{{"type", "object"}};
  if (!choices.empty()) out["anyOf"] = std::move(choices);
  if (!cases.empty()) out["allOf"] = std::move(cases);
  return out;
}

Json stages_of(const std::string& definition) {
  return {{"type", "object"},
          {"minProperties", 1},
          {"propertyNames", {{"pattern", "^[a-z][a-z0-9_-]{0,63}$"}}},
          {"additionalProperties", reference(definition)}};
}

Json loop_schema(bool has_stop_rules) {
  Json at_most = any_of({{{"type", "integer"}, {"minimum", 1}}, pattern(number_pattern), reference("variable")});
  at_most["description"] = "The most cycles that are run.";
  Json repeat{{"at_most", std::move(at_most)}};
  repeat["until"] = has_stop_rules ? reference("stop_rule") : Json{{"type", "object"}};
  Json loop{{"repeat", closed_object(std::move(repeat), {"at_most"})}};
  loop["repeat"]["description"] = "How often, and the rule that ends it.";
  loop["stages"] = stages_of("stage");
  Json out{{"description", "The cycle: stages repeated until the stop rule holds."}};
  out.update(closed_object(std::move(loop), {"repeat", "stages"}));
  return out;
}

Json definitions(const Registry& registry) {
  Json out = Json::object();
  out["variable"] = {{"type", "string"},
                     {"pattern", R"(\$\{[A-Za-z_][A-Za-z0-9_]*\})"},
                     {"description", "Text with variables, ${name}."}};
  Json output = pattern("[a-z][a-z0-9_-]*(@(all|previous))?");
  output["description"] = "The output of a stage: NAME, NAME@all (every execution so far) or NAME@previous.";
  out["stage_output"] = std::move(output);
  bool stop_rules = false;
  for (const FamilyInfo& family : registry.families()) {
    const std::vector<std::string> types = registry.names(family.name);
    if (family.name == "stop_rule") stop_rules = true;
    if (family.name == "stage") {
      out["stage"] = stage_schema(registry);
    } else {
      out[family.name] = family_schema(family);
      out[family.name + ".in_place"] = family_in_place(family, types);
    }
    for (const std::string& type : types)
      out[family.name + "." + type] = component_schema(*registry.find(family.name, type));
  }
  out["loop"] = loop_schema(stop_rules);
  out["pipeline_item"] = {{"if", {{"anyOf", {Json{{"required", {"repeat"}}}, Json{{"required", {"stages"}}}}}}},
                          {"then", reference("loop")},
                          {"else", reference("stage")}};
  return out;
}

/// The keys at the top. With `partial`, sections are not looked into.
Json top_properties(const Registry& registry, bool partial) {
  const auto whole_or_variable = [](Json schema) { return any_of({std::move(schema), reference("variable")}); };
  Json out = Json::object();
  const auto put = [&](const std::string& key, const std::string& sentence, Json schema) {
    out[key] = {{"description", sentence}};
    out[key].update(schema);
  };
  put("name", "The name of the workflow; runs are kept in a folder of this name.",
      any_of({pattern("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"), {{"type", "integer"}}, reference("variable")}));
  put("description", "What the workflow computes.", {{"type", "string"}});
  put("seed", "Every random number follows from it (default 0).",
      any_of({{{"type", "integer"}, {"minimum", 0}}, reference("variable")}));
  put("units", "reduced (default): plain numbers; molecular: nm, ps, kJ/mol, K and Da, and units can be written.",
      whole_or_variable({{"enum", {"reduced", "molecular"}}}));
  put("plugins", "Shared libraries with further components, relative to this file.",
      any_of({{{"type", "string"}}, list_of({{"type", "string"}})}));
  put("extends", "A workflow that this one changes, relative to this file.", {{"type", "string"}});
  put("variables", "Values that stand wherever ${name} is written.", {{"type", "object"}});
  for (const FamilyInfo& family : registry.families()) {
    if (family.section.empty()) continue;
    Json section{{"type", {"object", "null"}}};
    if (!partial) {
      const bool needs_no_type = !family.default_type.empty();
      std::vector<Json> choices{reference(family.name + ".in_place"), Json{{"enum", registry.names(family.name)}}};
      if (needs_no_type) choices.push_back({{"type", "null"}});
      section["additionalProperties"] = any_of(std::move(choices));
    }
    put(family.section, "Named: " + family.summary, std::move(section));
  }
  put("pipeline", "The stages, in an order they can run in.",
      partial ? Json{{"type", "object"}} : stages_of("pipeline_item"));
  const auto families = registry.families();
  const bool aggregates = std::any_of(families.begin(), families.end(),
                                      [](const FamilyInfo& family) { return family.name == "aggregate"; });
  put("sweep", "Makes a run of every combination of values, and tables and figures over them.",
      partial ? Json{{"type", "object"}} : sweep_schema(aggregates));
  return out;
}

}  // namespace

std::string workflow_schema(const Registry& registry) {
  Json partial = closed_object(top_properties(registry, true), Json::array());
  Json whole = closed_object(top_properties(registry, false), {"name", "pipeline"});
  const Json out{{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "liftwell workflow"},
                 {"description", "A pipeline of stages over named components. Generated by `liftwell schema`."},
                 {"type", "object"},
                 {"if", {{"required", {"extends"}}}},
                 {"then", std::move(partial)},
                 {"else", std::move(whole)},
                 {"definitions", definitions(registry)}};
  return out.dump(2) + "\n";
}

}  // namespace liftwell
