// SPDX-License-Identifier: MIT
#include "liftwell/config/component_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "liftwell/config/names.hpp"

namespace liftwell {
namespace {

/// The value given for a parameter, under its name or an old one.
const Node* find_given(const Node& node, const Parameter& parameter) {
  if (const Node* value = node.find(parameter.key)) return value;
  for (const std::string& old_key : parameter.attributes.renamed_from)
    if (const Node* value = node.find(old_key)) return value;
  return nullptr;
}

std::string with_spaces(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// type first, then the name where it is not the type, then every parameter.
Node resolved_mapping(const Configured& configured, Node parameters) {
  const ComponentDeclaration& declaration = *configured.declaration;
  if (declaration.family.name == "stage") return parameters;
  std::vector<NodeEntry> head;
  head.push_back({"type", {}, Node::scalar(declaration.name)});
  if (configured.name != declaration.name && !declares(declaration, "name"))
    head.push_back({"name", {}, Node::scalar(configured.name)});
  parameters.entries.insert(parameters.entries.begin(), head.begin(), head.end());
  return parameters;
}

}  // namespace

ComponentReader::ComponentReader(const Registry& registry, bool physical_units, InputFiles& inputs)
    : registry_(registry), physical_units_(physical_units), inputs_(inputs), families_(registry.families()) {}

void ComponentReader::fail(const Node& node, const std::string& path, std::string message, std::string allowed,
                           std::string suggestion) {
  error({.location = node.location,
         .path = path,
         .message = std::move(message),
         .given = node.kind == Node::Kind::null ? "" : node.describe(),
         .allowed = std::move(allowed),
         .suggestion = std::move(suggestion)});
}

void ComponentReader::add_section(const FamilyInfo& family, const Node& section) {
  if (section.kind == Node::Kind::null) return;
  if (!section.is_mapping()) return fail(section, family.section, "must be a mapping from names to components");
  for (const NodeEntry& entry : section.entries) {
    if (!is_component_name(entry.key))
      error({.location = entry.key_location,
             .path = family.section + "." + entry.key,
             .message = "is not a name for a component",
             .allowed = std::string(component_name_rule)});
    named_[family.name][entry.key] = Named{.node = &entry.value, .location = entry.key_location};
  }
}

const FamilyInfo* ComponentReader::family_info(std::string_view family) const {
  for (const FamilyInfo& info : families_)
    if (info.name == family) return &info;
  return nullptr;
}

std::shared_ptr<const Configured> ComponentReader::component(std::string_view family, const Node& node,
                                                             const std::string& path) {
  const FamilyInfo* info = family_info(family);
  if (info == nullptr) {
    fail(node, path, fmt::format("needs a {}, and this build has none", with_spaces(std::string(family))));
    return nullptr;
  }
  if (node.is_scalar() || node.is_mapping()) {
    auto configured = node.is_scalar() ? by_name(*info, node, path) : in_place(*info, node, path, {});
    if (configured != nullptr && !parts_.empty()) parts_.back().push_back({path, configured});
    return configured;
  }
  fail(node, path, fmt::format("must be a {}: a name or a mapping with a type", with_spaces(info->name)),
       join_or(registry_.names(info->name)));
  return nullptr;
}

std::shared_ptr<const Configured> ComponentReader::by_name(const FamilyInfo& family, const Node& node,
                                                           const std::string& path) {
  Names& names = named_[family.name];
  if (const auto found = names.find(node.text); found != names.end()) {
    found->second.used = true;
    if (found->second.state == Named::State::being_read) {
      fail(node, path,
           fmt::format("is part of itself: {} -> {}.{}", fmt::join(being_read_, " -> "), family.section, node.text));
      return nullptr;
    }
    auto configured = read_named(family, node.text, found->second);
    if (references_ != nullptr)
      references_->insert(references_->end(), found->second.references.begin(), found->second.references.end());
    return configured;
  }
  // A type that needs no options may be given by its bare name.
  if (registry_.find(family.name, node.text) != nullptr) {
    Node mapping(Node::Kind::mapping, node.location);
    mapping.entries.push_back({"type", node.location, node});
    return in_place(family, mapping, path, {});
  }
  std::vector<std::string> known;
  for (const auto& [name, named] : names) known.push_back(name);
  const std::vector<std::string> types = registry_.names(family.name);
  std::string suggestion = nearest(node.text, known);
  if (suggestion.empty()) suggestion = nearest(node.text, types);
  std::string allowed = join_or(known);
  allowed += fmt::format("{}a mapping with type {}", known.empty() ? "" : ", or ", join_or(types));
  fail(node, path, fmt::format("there is no {} of this name", with_spaces(family.name)), std::move(allowed),
       std::move(suggestion));
  return nullptr;
}

std::shared_ptr<const Configured> ComponentReader::read_named(const FamilyInfo& family, const std::string& name,
                                                              Named& named) {
  if (named.state == Named::State::read) return named.configured;
  const std::string path = family.section + "." + name;
  named.state = Named::State::being_read;
  being_read_.push_back(path);
  std::vector<StageReference>* outer = std::exchange(references_, &named.references);
  if (named.node->is_mapping() || named.node->kind == Node::Kind::null) {
    Node mapping = *named.node;
    mapping.kind = Node::Kind::mapping;
    named.configured = in_place(family, mapping, path, name);
  } else if (named.node->is_scalar() && registry_.find(family.name, named.node->text) != nullptr) {
    Node mapping(Node::Kind::mapping, named.node->location);
    mapping.entries.push_back({"type", named.node->location, *named.node});
    named.configured = in_place(family, mapping, path, name);
  } else {
    fail(*named.node, path, "must be a mapping with a type", join_or(registry_.names(family.name)));
  }
  references_ = outer;
  being_read_.pop_back();
  named.state = Named::State::read;
  return named.configured;
}

const ComponentDeclaration* ComponentReader::type_of(const FamilyInfo& family, const Node& node,
                                                     const std::string& path) {
  const std::vector<std::string> types = registry_.names(family.name);
  const Node* type = node.find("type");
  if (type == nullptr) {
    if (const auto* declaration = registry_.find(family.name, family.default_type)) return declaration;
    error({.location = node.location,
           .path = path + ".type",
           .message = "is required and missing",
           .allowed = join_or(types)});
    return nullptr;
  }
  if (type->is_scalar())
    if (const auto* declaration = registry_.find(family.name, type->text)) return declaration;
  fail(*type, path + ".type", fmt::format("is not a type of {}", with_spaces(family.name)), join_or(types),
       type->is_scalar() ? nearest(type->text, types) : "");
  return nullptr;
}

std::shared_ptr<const Configured> ComponentReader::in_place(const FamilyInfo& family, const Node& node,
                                                            const std::string& path, const std::string& given_name) {
  const ComponentDeclaration* declaration = type_of(family, node, path);
  if (declaration == nullptr) return nullptr;
  std::vector<std::string> ignored{"type"};
  if (!given_name.empty() || declares(*declaration, "name"))
    return extract(*declaration, node, path, given_name.empty() ? declaration->name : given_name, ignored);
  // In place a component may still be given the name that results are labelled with.
  ignored.emplace_back("name");
  const Node* name = node.find("name");
  if (name == nullptr) return extract(*declaration, node, path, declaration->name, ignored);
  if (!name->is_scalar() || !is_component_name(name->text)) {
    fail(*name, path + ".name", "is not a name for a component", std::string(component_name_rule));
    return nullptr;
  }
  return extract(*declaration, node, path, name->text, ignored);
}

std::shared_ptr<const Configured> ComponentReader::extract(const ComponentDeclaration& declaration, const Node& node,
                                                           const std::string& path, const std::string& name,
                                                           const std::vector<std::string>& ignored) {
  auto configured = std::make_shared<Configured>();
  configured->declaration = &declaration;
  configured->name = name;
  configured->path = path;
  configured->location = node.location;
  configured->options = declaration.default_options();
  for (const Parameter& parameter : declaration.parameters)
    if (const Node* value = find_given(node, parameter)) configured->key_locations[parameter.key] = value->location;
  void* options = declaration.options_pointer(configured->options);
  parts_.emplace_back();
  const bool all_read = read_parameters(declaration.parameters, options, node, path, ignored, *this);
  const std::vector<ComponentPart> parts = std::move(parts_.back());
  parts_.pop_back();
  if (!all_read) return nullptr;
  if (physical_units_ && !units_.check(*configured, node, parts, *this)) return nullptr;
  if (!check(*configured, options, node)) return nullptr;
  Node parameters = write_parameters(declaration.parameters, options);
  name_files(declaration.parameters, parameters);
  configured->resolved = resolved_mapping(*configured, std::move(parameters));
  if (!try_to_build(*configured, node)) return nullptr;
  if (!declaration.exact_repetition)
    warn({.location = node.location,
          .path = path,
          .message = fmt::format("'{}' does not promise exact repetition: a resumed or repeated run may differ in "
                                 "its last digits",
                                 declaration.name)});
  if (!being_read_.empty() && being_read_.back() == path) configured->resolved.stands_for = name;
  return configured;
}

bool ComponentReader::check(const Configured& configured, const void* options, const Node& node) {
  Problems problems;
  if (configured.declaration->check != nullptr) configured.declaration->check(options, problems);
  report_problems(problems, node, configured.path, *this);
  return problems.all().empty();
}

/// Constructors may refuse options that do not fit together; what lives in a module is not opened.
bool ComponentReader::try_to_build(const Configured& configured, const Node& node) {
  const ComponentDeclaration& declaration = *configured.declaration;
  if (declaration.create == nullptr || declaration.destroy == nullptr || !declaration.module.empty()) return true;
  try {
    declaration.destroy(declaration.create(configured.options));
    return true;
  } catch (const InputError& problem) {
    for (Diagnostic finding : problem.diagnostics()) {
      if (finding.location.source.empty()) finding.location = node.location;
      if (finding.path.empty()) finding.path = configured.path;
      error(std::move(finding));
    }
  } catch (const InternalError&) {
    throw;
  } catch (const Error&) {
    return true;  // a missing module or file: a matter for the run
  } catch (const std::exception& problem) {
    error({.location = node.location, .path = configured.path, .message = problem.what()});
  }
  return false;
}

void ComponentReader::stage_reference(const StageReference& reference) {
  if (references_ != nullptr) references_->push_back(reference);
}

std::map<std::string, std::map<std::string, std::shared_ptr<const Configured>>> ComponentReader::finish() {
  std::map<std::string, std::map<std::string, std::shared_ptr<const Configured>>> out;
  for (auto& [family, names] : named_)
    for (auto& [name, named] : names) out[family][name] = read_named(*family_info(family), name, named);
  // Only now: what an unused component names counts as used, so that one warning is enough.
  for (auto& [family, names] : named_)
    for (auto& [name, named] : names)
      if (!named.used && errors().empty())
        warn({.location = named.location,
              .path = family_info(family)->section + "." + name,
              .message = std::string(never_used)});
  return out;
}

}  // namespace liftwell
