// SPDX-License-Identifier: MIT
#include "liftwell/registry/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "liftwell/base/quantity.hpp"

namespace liftwell {
namespace {

/// Units that make sense in reduced units too.
bool relative(Unit unit) { return unit == unit::window_sigma || unit == unit::thermal; }

std::string allowed_text(const ReadContext& context) {
  std::string out = context.parameter.type_text();
  const auto spellings = unit_spellings(context.parameter.unit);
  const bool units_allowed = context.extraction.physical_units() || relative(context.parameter.unit);
  if (units_allowed && !spellings.empty()) out += ", in " + join_or(spellings);
  return out;
}

bool special_number(std::string_view text, double& number) {
  constexpr double unbounded = std::numeric_limits<double>::infinity();
  if (text == ".inf" || text == "+.inf")
    number = unbounded;
  else if (text == "-.inf")
    number = -unbounded;
  else
    return false;
  return true;
}

bool check_range(const Node& node, double number, const ReadContext& context) {
  if (std::isinf(number) && !context.parameter.attributes.infinite) {
    context.fail(node, "must be finite");
    return false;
  }
  const Range& range = context.parameter.attributes.range;
  if (range.contains(number)) return true;
  context.fail(node, "is out of range");
  return false;
}

/// Applies the written unit.
bool apply_unit(const Node& node, std::string_view written, double& number, const ReadContext& context) {
  const Unit wanted = context.parameter.unit;
  const auto factor = unit_factor(wanted, written);
  if (!factor) {
    const bool plain = wanted.name.empty() || wanted == unit::dimensionless;
    context.fail(node,
                 is_unit(written) ? fmt::format("has the unit '{}' where {} is expected", written,
                                                plain ? "a plain number" : wanted.name)
                                  : fmt::format("is not a number, or has an unknown unit '{}'", written),
                 nearest(written, unit_spellings(wanted)));
    return false;
  }
  if (!relative(wanted) && !context.extraction.physical_units()) {
    context.fail(node,
                 "has a unit, but this workflow is in reduced units (say 'units: molecular' at the top, "
                 "or give a plain number)");
    return false;
  }
  number *= *factor;
  return true;
}

/// A bare 300 in a molecular workflow is 300 kJ/mol, which nobody means.
void warn_of_forgotten_kelvin(const Node& node, double number, const ReadContext& context) {
  constexpr double hottest = 25;  // kJ/mol, 3000 K
  if (!context.extraction.physical_units() || context.parameter.unit != unit::temperature || number <= hottest) return;
  context.extraction.warn({.location = node.location,
                           .path = context.path,
                           .message = fmt::format("is {} kJ/mol, that is {:.0f} K; write '{} K' if kelvin is meant",
                                                  number, number / *unit_factor(unit::temperature, "K"), node.text)});
}

}  // namespace

void ReadContext::fail(const Node& node, std::string message, std::string suggestion) const {
  extraction.error({.location = node.location,
                    .path = path,
                    .message = std::move(message),
                    .given = node.describe(),
                    .allowed = allowed_text(*this),
                    .suggestion = std::move(suggestion)});
}

bool read_scalar(const Node& node, bool& value, const ReadContext& context) {
  if (node.is_scalar() && !node.quoted) {
    if (node.text == "true" || node.text == "True") return value = true, true;
    if (node.text == "false" || node.text == "False") return value = false, true;
  }
  context.fail(node, "must be true or false");
  return false;
}

bool read_scalar(const Node& node, std::int64_t& value, const ReadContext& context) {
  const auto written = node.is_scalar() ? split_quantity(node.text) : std::nullopt;
  const double number = written ? written->number : 0;
  const bool whole = written && written->unit.empty() && number == std::floor(number) && std::abs(number) <= 9.0e15;
  if (!whole || node.quoted) {
    context.fail(node, whole ? "must be a whole number, and not in quotes" : "must be a whole number");
    return false;
  }
  if (!check_range(node, number, context)) return false;
  value = static_cast<std::int64_t>(number);
  return true;
}

bool read_scalar(const Node& node, double& value, const ReadContext& context) {
  double number = 0;
  std::string_view unit;
  bool reads = node.is_scalar() && special_number(node.text, number);
  if (const auto written = node.is_scalar() && !reads ? split_quantity(node.text) : std::nullopt) {
    reads = true;
    number = written->number;
    unit = written->unit;
  }
  if (!reads || node.quoted) {
    context.fail(node, reads ? "must be a number, and not in quotes" : "must be a number");
    return false;
  }
  if (std::isnan(number)) {
    context.fail(node, "must be a number");
    return false;
  }
  if (!unit.empty() && !apply_unit(node, unit, number, context)) return false;
  if (!check_range(node, number, context)) return false;
  if (unit.empty()) warn_of_forgotten_kelvin(node, number, context);
  value = number;
  return true;
}

bool read_scalar(const Node& node, std::string& value, const ReadContext& context) {
  if (!node.is_scalar()) {
    context.fail(node, "must be text");
    return false;
  }
  const auto& choices = context.parameter.attributes.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), node.text) == choices.end()) {
    context.fail(node, "is not one of the choices", nearest(node.text, choices));
    return false;
  }
  value = node.text;
  return true;
}

bool read_scalar(const Node& node, std::filesystem::path& value, const ReadContext& context) {
  if (!node.is_scalar() || node.text.empty()) {
    context.fail(node, "must be the path of a file");
    return false;
  }
  const auto file = context.extraction.file(node, context.path);
  if (!file) return false;
  value = *file;
  return true;
}

Node to_node(bool value) { return Node::scalar(value ? "true" : "false"); }
Node to_node(std::int64_t value) { return Node::scalar(std::to_string(value)); }

Node to_node(double value) {
  if (std::isinf(value)) return Node::scalar(value > 0 ? ".inf" : "-.inf");
  return Node::scalar(fmt::format("{}", value));
}

Node to_node(const std::string& value) {
  Node node = Node::scalar(value);
  node.quoted = true;
  return node;
}

Node to_node(const std::filesystem::path& value) { return value.empty() ? Node{} : to_node(value.string()); }

bool read_references(const Node& node, std::vector<StageReference>& references, bool many, const ReadContext& context) {
  std::vector<const Node*> names;
  if (node.is_sequence() && many) {
    for (const Node& item : node.items) names.push_back(&item);
  } else {
    names.push_back(&node);
  }
  bool good = true;
  if (names.empty()) {
    context.fail(node, "must name at least one stage");
    return false;
  }
  for (const Node* name : names) {
    if (!name->is_scalar() || name->text.empty()) {
      context.fail(*name, many ? "must be a stage name or a list of them" : "must be a stage name");
      good = false;
      continue;
    }
    StageReference reference{.stage = name->text,
                             .which = StageReference::Which::here,
                             .artifact_type = context.parameter.artifact_type,
                             .location = name->location,
                             .path = context.path};
    if (const auto at = name->text.find('@'); at != std::string::npos) {
      const std::string which = name->text.substr(at + 1);
      reference.stage = name->text.substr(0, at);
      if (which == "all") {
        reference.which = StageReference::Which::all;
      } else if (which == "previous") {
        reference.which = StageReference::Which::previous;
      } else {
        context.fail(*name, "has '@" + which + "' where only @all or @previous can stand",
                     nearest(which, {"all", "previous"}));
        good = false;
        continue;
      }
      if (reference.which == StageReference::Which::all && !many) {
        context.fail(*name, "must be a single output, not '@all'");
        good = false;
        continue;
      }
    }
    if (std::any_of(references.begin(), references.end(),
                    [&](const StageReference& other) { return other.text() == reference.text(); })) {
      context.fail(*name, "is named twice, so that it would count twice");
      good = false;
      continue;
    }
    context.extraction.stage_reference(reference);
    references.push_back(std::move(reference));
  }
  return good;
}

std::string StageReference::text() const {
  switch (which) {
    case Which::here: return stage;
    case Which::all: return stage + "@all";
    case Which::previous: return stage + "@previous";
  }
  return stage;
}

Node to_node(const std::vector<StageReference>& references) {
  if (references.empty()) return {};
  if (references.size() == 1) return Node::scalar(references.front().text());
  Node node;
  node.kind = Node::Kind::sequence;
  for (const StageReference& reference : references) node.items.push_back(Node::scalar(reference.text()));
  return node;
}

Node to_node(const Configured& configured) { return configured.resolved; }

template const ValueAccess& value_access<bool>();
template const ValueAccess& value_access<std::int64_t>();
template const ValueAccess& value_access<double>();
template const ValueAccess& value_access<std::string>();
template const ValueAccess& value_access<std::filesystem::path>();
template const ValueAccess& value_access<std::optional<std::int64_t>>();
template const ValueAccess& value_access<std::optional<double>>();
template const ValueAccess& value_access<std::optional<std::string>>();
template const ValueAccess& value_access<std::vector<std::int64_t>>();
template const ValueAccess& value_access<std::vector<double>>();
template const ValueAccess& value_access<std::vector<std::string>>();
template const ValueAccess& value_access<std::vector<std::vector<double>>>();

}  // namespace liftwell
