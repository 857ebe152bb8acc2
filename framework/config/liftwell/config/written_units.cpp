// SPDX-License-Identifier: MIT
#include "liftwell/config/written_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/base/quantity.hpp"

namespace liftwell {
namespace {

/// Angles that are written without unit are in rad; beyond this (rad, or rad in each ps) degrees are meant.
constexpr double one_turn = 2 * std::numbers::pi * (1 + 1e-6);

/// What a diagnostic with coordinates of its own says of targets, whose variables are those of its stage.
constexpr std::string_view distance_of_targets = ".near";

bool is_about(const ComponentPart& part, const std::string& owner) {
  for (const char* key : {".on", ".coordinates"})
    if (part.path == owner + key || part.path.starts_with(owner + key + "[")) return true;
  return false;
}

std::string measure_text(Unit measure) {
  return measure == unit::angle ? "an angle" : measure == unit::length ? "a length" : "a number without unit";
}

}  // namespace

bool WrittenUnits::check_one(const Written& written, const Configured& variable, Extraction& extraction) {
  const Unit measure = variable.declaration->measured_in;
  const Unit wanted = of_measure(written.unit, measure);
  const auto fail = [&](std::string message, std::string allowed) {
    extraction.error({.location = written.location,
                      .path = written.path,
                      .message = std::move(message),
                      .given = "",
                      .allowed = std::move(allowed),
                      .suggestion = ""});
    return false;
  };
  if (written.text.empty()) {
    const bool angle = wanted == unit::angle, speed = wanted == of_measure(unit::coarse_speed, unit::angle);
    if (!(angle || speed) || !(std::abs(written.number) > one_turn) || std::isinf(written.number)) return true;
    return fail(fmt::format("is more than one turn{}: {} is an angle, in rad where no unit is written",
                            speed ? " in each ps" : "", variable.name),
                fmt::format("'{} deg{}', if degrees are meant", written.number, speed ? "/ps" : ""));
  }
  if (wanted == written.unit || unit_factor(wanted, written.text)) return true;
  const std::vector<std::string> allowed = unit_spellings(wanted);
  return fail(fmt::format("has the unit '{}', but {} is {}", written.text, variable.name, measure_text(measure)),
              allowed.empty() ? "a plain number" : join_or(allowed));
}

std::vector<WrittenUnits::Written> WrittenUnits::written_in(const Configured& component, const Node& node) {
  std::vector<Written> out;
  const Node* named = node.find("variable");
  const std::string variable = named != nullptr && named->is_scalar() ? named->text : std::string();
  for (const Parameter& parameter : component.declaration->parameters) {
    const Node* value = node.find(parameter.key);
    if (value == nullptr || of_measure(parameter.unit, unit::angle) == parameter.unit) continue;
    const std::vector<Node> single{*value};
    const std::vector<Node>& items = value->is_sequence() ? value->items : single;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto number = items[i].is_scalar() ? split_quantity(items[i].text) : std::nullopt;
      if (!number || (!number->unit.empty() && !is_unit(number->unit))) continue;  // said by who reads it
      out.push_back({component.path + "." + parameter.key, std::string(number->unit), variable, parameter.unit, i,
                     number->number, items[i].location});
    }
  }
  return out;
}

bool WrittenUnits::check(const Configured& component, const Node& node, const std::vector<ComponentPart>& parts,
                         Extraction& extraction) {
  if (component.declaration->family.name == "coarse_variable") return true;  // what it says is about itself
  std::vector<Written> written = written_in(component, node);
  Variables variables, of_bias;
  for (const ComponentPart& part : parts) {
    if (part.component->declaration->family.name == "coarse_variable" && is_about(part, component.path))
      variables.push_back(part.component);
    if (part.path == component.path + ".bias" || part.path == component.path + ".pull")
      of_bias = variables_[part.component->path];
    if (const auto found = open_.find(part.component->path); found != open_.end())
      written.insert(written.end(), found->second.begin(), found->second.end());
  }
  if (variables.empty()) variables = of_bias;
  variables_[component.path] = variables;
  if (written.empty()) return true;
  if (variables.empty()) {
    open_[component.path] = std::move(written);
    return true;
  }
  bool good = true;
  for (const Written& one : written) {
    if (one.path == component.path + std::string(distance_of_targets)) {
      open_[component.path].push_back(one);
      continue;
    }
    std::shared_ptr<const Configured> about =
        variables[one.path.starts_with(component.path + ".") ? one.place % variables.size() : 0];
    if (!one.variable.empty()) {
      const auto found = std::find_if(variables.begin(), variables.end(),
                                      [&](const auto& variable) { return variable->name == one.variable; });
      if (found == variables.end()) continue;  // said by who reads it
      about = *found;
    }
    good = check_one(one, *about, extraction) && good;
  }
  return good;
}

}  // namespace liftwell
