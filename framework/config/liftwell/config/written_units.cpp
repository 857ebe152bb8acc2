// SPDX-License-Identifier: MIT
#include "liftwell/config/written_units.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

/// "deg" of "60 deg"; "" of what has no unit.
std::string unit_of(const Node& node) {
  if (!node.is_scalar()) return {};
  const std::size_t begin = node.text.find_first_not_of("+-0123456789.eE ");
  const std::string unit = begin == std::string::npos ? std::string() : node.text.substr(begin);
  return is_unit(unit) ? unit : std::string();
}

bool is_about(const ComponentPart& part, const std::string& owner) {
  for (const char* key : {".on", ".coordinates"})
    if (part.path == owner + key || part.path.starts_with(owner + key + "[")) return true;
  return false;
}

std::string measure_text(Unit measure) {
  return measure == unit::angle ? "an angle" : measure == unit::length ? "a length" : "a number without unit";
}

}  // namespace

std::vector<WrittenUnits::Written> WrittenUnits::written_in(const Configured& component, const Node& node) {
  std::vector<Written> out;
  const Node* named = node.find("variable");
  const std::string variable = named != nullptr && named->is_scalar() ? named->text : std::string();
  for (const Parameter& parameter : component.declaration->parameters) {
    const Node* value = node.find(parameter.key);
    if (value == nullptr || of_measure(parameter.unit, unit::angle) == parameter.unit) continue;
    const std::vector<Node> single{*value};
    const std::vector<Node>& items = value->is_sequence() ? value->items : single;
    for (std::size_t i = 0; i < items.size(); ++i)
      if (std::string unit = unit_of(items[i]); !unit.empty())
        out.push_back(
            {component.path + "." + parameter.key, std::move(unit), variable, parameter.unit, i, items[i].location});
  }
  return out;
}

void WrittenUnits::check(const Configured& component, const Node& node, const std::vector<ComponentPart>& parts,
                         Extraction& extraction) {
  std::vector<Written> written = written_in(component, node);
  std::vector<const Configured*> variables;
  for (const ComponentPart& part : parts) {
    if (part.component->declaration->family.name == "coarse_variable" && is_about(part, component.path))
      variables.push_back(part.component.get());
    if (const auto found = open_.find(part.component.get()); found != open_.end())
      written.insert(written.end(), found->second.begin(), found->second.end());
  }
  if (written.empty()) return;
  if (variables.empty()) {
    open_[&component] = std::move(written);
    return;
  }
  for (const Written& one : written) {
    const Configured* about = variables[one.path.starts_with(component.path + ".") ? one.place % variables.size() : 0];
    if (!one.variable.empty()) {
      const auto found = std::find_if(variables.begin(), variables.end(),
                                      [&](const Configured* variable) { return variable->name == one.variable; });
      if (found == variables.end()) continue;  // said by who reads it
      about = *found;
    }
    const Unit measure = about->declaration->measured_in;
    const Unit wanted = of_measure(one.unit, measure);
    if (wanted == one.unit || unit_factor(wanted, one.text)) continue;
    const std::vector<std::string> allowed = unit_spellings(wanted);
    extraction.error(
        {.location = one.location,
         .path = one.path,
         .message = fmt::format("has the unit '{}', but {} is {}", one.text, about->name, measure_text(measure)),
         .given = "",
         .allowed = allowed.empty() ? "a plain number" : join_or(allowed),
         .suggestion = ""});
  }
}

}  // namespace liftwell
