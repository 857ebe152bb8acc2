// SPDX-License-Identifier: MIT
#include "liftwell/registry/parameter.hpp"

#include <algorithm>

#include "liftwell/registry/declaration.hpp"

namespace liftwell {
namespace {

std::string kind_text(const Parameter& parameter) {
  switch (parameter.kind) {
    case ValueKind::boolean: return "true or false";
    case ValueKind::integer: return "integer";
    case ValueKind::real: return "real";
    case ValueKind::text: return "text";
    case ValueKind::file: return "path of a file";
    case ValueKind::component: return parameter.component_family + " (a name or {type: ...})";
    case ValueKind::input:
      return (parameter.many_inputs ? "one or more stages with output '" : "stage with output '") +
             parameter.artifact_type + "'";
    case ValueKind::group: return "mapping";
  }
  return {};
}

const Parameter* find_parameter(const std::vector<Parameter>& parameters, const std::string& key) {
  for (const Parameter& parameter : parameters)
    if (parameter.key == key) return &parameter;
  return nullptr;
}

/// The parameter that used to be called `key`, if any.
const Parameter* find_renamed(const std::vector<Parameter>& parameters, const std::string& key) {
  for (const Parameter& parameter : parameters) {
    const auto& old = parameter.attributes.renamed_from;
    if (std::find(old.begin(), old.end(), key) != old.end()) return &parameter;
  }
  return nullptr;
}

std::string child(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

/// The value at "drift", or the item at "drift[1]" or "diffusion[1][0]", where lists of one may have been
/// written without brackets; null when the key was not given.
const Node* find_item(const Node& mapping, const std::string& key) {
  const std::size_t bracket = key.find('[');
  const Node* value = mapping.find(key.substr(0, bracket));
  for (std::size_t at = bracket; at != std::string::npos && value != nullptr; at = key.find('[', at + 1)) {
    const std::size_t item = std::stoul(key.substr(at + 1));
    if (value->is_sequence() && item < value->items.size()) value = &value->items[item];
  }
  return value;
}

void report_unknown(const std::vector<Parameter>& parameters, const NodeEntry& entry, const std::string& path,
                    const std::vector<std::string>& ignored, Extraction& extraction) {
  std::vector<std::string> known = ignored;
  for (const Parameter& parameter : parameters)
    if (parameter.attributes.deprecated.empty()) known.push_back(parameter.key);
  extraction.error({.location = entry.key_location,
                    .path = child(path, entry.key),
                    .message = "unknown key",
                    .given = "",
                    .allowed = known.empty() ? "no keys here" : join_or(known),
                    .suggestion = nearest(entry.key, known)});
}

}  // namespace

Parameter::Parameter() = default;
Parameter::~Parameter() = default;
Parameter::Parameter(const Parameter&) = default;
Parameter::Parameter(Parameter&&) noexcept = default;
Parameter& Parameter::operator=(const Parameter&) = default;
Parameter& Parameter::operator=(Parameter&&) noexcept = default;

bool Parameter::read(void* options, const Node& node, const std::string& path, Extraction& extraction) const {
  void* const value = static_cast<std::byte*>(options) + offset;
  if (access != nullptr) return access->read(node, value, {*this, path, extraction});
  if (!read_parameters(members, value, node, path, {}, extraction)) return false;
  if (check == nullptr) return true;
  Problems problems;
  check(value, problems);
  report_problems(problems, node, path, extraction);
  return problems.all().empty();
}

Node Parameter::write(const void* options) const {
  const void* const value = static_cast<const std::byte*>(options) + offset;
  return access != nullptr ? access->write(value) : write_parameters(members, value);
}

void Problems::add(std::string_view key, std::string_view message, std::string_view given, std::string_view allowed,
                   std::string_view suggestion) {
  problems_.push_back(
      {std::string(key), std::string(message), std::string(given), std::string(allowed), std::string(suggestion)});
}

namespace detail {
namespace {

std::ptrdiff_t offset_of(const Place& place) {
  return static_cast<const std::byte*>(place.member) - static_cast<const std::byte*>(place.options);
}

}  // namespace

Parameter make_parameter(std::string_view key, const ValueAccess& access, Place place, const Unit& unit,
                         std::string_view sentence, Attributes attributes) {
  Parameter parameter;
  access.describe(parameter);
  parameter.key = key;
  parameter.unit = unit;
  parameter.sentence = sentence;
  parameter.attributes = std::move(attributes);
  parameter.offset = offset_of(place);
  parameter.access = &access;
  if (!parameter.attributes.required) parameter.default_value = access.write(place.member);
  return parameter;
}

Parameter make_group(std::string_view key, Place place, std::string_view sentence, std::vector<Parameter> members,
                     void (*check)(const void*, Problems&)) {
  Parameter parameter;
  parameter.key = key;
  parameter.sentence = sentence;
  parameter.kind = ValueKind::group;
  parameter.members = std::move(members);
  parameter.offset = offset_of(place);
  parameter.check = check;
  parameter.default_value = parameter.write(place.options);
  return parameter;
}

}  // namespace detail

std::string Parameter::type_text() const {
  std::string out = kind_text(*this);
  if (list) out = "list of " + out;
  if (list_of_lists) out = "list of lists of " + kind_text(*this);
  if (mapping) out = "mapping from names to " + out;
  if (!attributes.choices.empty()) out = join_or(attributes.choices);
  if (const std::string range = attributes.range.text(); !range.empty()) out += ", " + range;
  return out;
}

bool read_parameters(const std::vector<Parameter>& parameters, void* options, const Node& node, const std::string& path,
                     const std::vector<std::string>& ignored, Extraction& extraction) {
  if (!node.is_mapping() && node.kind != Node::Kind::null) {
    extraction.error({.location = node.location,
                      .path = path,
                      .message = "must be a mapping of keys to values",
                      .given = node.describe(),
                      .allowed = "",
                      .suggestion = ""});
    return false;
  }
  const std::size_t errors_before = extraction.errors().size();
  bool all_read = true;
  std::vector<const Parameter*> given;
  for (const NodeEntry& entry : node.entries) {
    if (std::find(ignored.begin(), ignored.end(), entry.key) != ignored.end()) continue;
    const Parameter* parameter = find_parameter(parameters, entry.key);
    if (parameter == nullptr) {
      parameter = find_renamed(parameters, entry.key);
      if (parameter == nullptr) {
        report_unknown(parameters, entry, path, ignored, extraction);
        continue;
      }
      extraction.warn({.location = entry.key_location,
                       .path = child(path, entry.key),
                       .message = "this key is now called '" + parameter->key + "'",
                       .given = "",
                       .allowed = "",
                       .suggestion = ""});
    }
    if (std::find(given.begin(), given.end(), parameter) != given.end()) {
      extraction.error({.location = entry.key_location,
                        .path = child(path, entry.key),
                        .message = "gives '" + parameter->key + "' a second time",
                        .given = "",
                        .allowed = "",
                        .suggestion = ""});
      continue;
    }
    if (!parameter->attributes.deprecated.empty())
      extraction.warn({.location = entry.key_location,
                       .path = child(path, entry.key),
                       .message = "deprecated: " + parameter->attributes.deprecated,
                       .given = "",
                       .allowed = "",
                       .suggestion = ""});
    given.push_back(parameter);
    all_read &= parameter->read(options, entry.value, child(path, entry.key), extraction);
  }
  for (const Parameter& parameter : parameters) {
    if (!parameter.attributes.required) continue;
    if (std::find(given.begin(), given.end(), &parameter) != given.end()) continue;
    extraction.error({.location = node.location,
                      .path = child(path, parameter.key),
                      .message = "is required and missing",
                      .given = "",
                      .allowed = parameter.type_text(),
                      .suggestion = ""});
  }
  return all_read && extraction.errors().size() == errors_before;
}

void report_problems(const Problems& problems, const Node& node, const std::string& path, Extraction& extraction) {
  for (const Problems::Problem& problem : problems.all()) {
    const Node* value = problem.key.empty() ? nullptr : find_item(node, problem.key);
    extraction.error({.location = value != nullptr ? value->location : node.location,
                      .path = problem.key.empty() ? path : child(path, problem.key),
                      .message = problem.message,
                      .given = problem.given,
                      .allowed = problem.allowed,
                      .suggestion = problem.suggestion});
  }
}

Node write_parameters(const std::vector<Parameter>& parameters, const void* options) {
  Node node;
  node.kind = Node::Kind::mapping;
  for (const Parameter& parameter : parameters) {
    Node value = parameter.write(options);
    if (value.kind == Node::Kind::null) continue;
    // A deprecated key that nobody gave must not come back as if somebody had.
    if (!parameter.attributes.deprecated.empty() && value.is_scalar() && value.text == parameter.default_value.text)
      continue;
    node.entries.push_back({parameter.key, {}, std::move(value)});
  }
  return node;
}

}  // namespace liftwell
