// SPDX-License-Identifier: MIT
#include "liftwell/registry/registry.hpp"

#include <dlfcn.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

namespace liftwell {
namespace {

struct Registration {
  Registrar::Declare declare;
  const char* file;
  int line;
  const char* built_against;
};

/// Registrations not yet turned into declarations; filled before main and while a plug-in or module loads,
/// which may happen on any thread.
struct Pending {
  std::mutex guard;
  std::vector<Registration> list;
};

Pending& pending() {
  static Pending all;
  return all;
}

std::vector<Registration> take_pending() {
  const std::scoped_lock lock(pending().guard);
  return std::exchange(pending().list, {});
}

ComponentDeclaration declare(const Registration& registration) {
  ComponentDeclaration declaration = registration.declare();
  declaration.file = registration.file;
  declaration.line = registration.line;
  return declaration;
}

bool snake_case(std::string_view key) {
  if (key.empty() || !(key[0] >= 'a' && key[0] <= 'z')) return false;
  return std::all_of(key.begin(), key.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

void parameter_faults(const Parameter& parameter, const std::string& owner, std::vector<std::string>& faults) {
  const std::string who = owner + ": parameter '" + parameter.key + "'";
  if (!snake_case(parameter.key)) faults.push_back(who + " is not snake_case");
  if (!parameter.sentence.ends_with('.')) faults.push_back(who + " has no sentence ending in a full stop");
  if (parameter.kind == ValueKind::real && parameter.unit == unit::none)
    faults.push_back(who + " is a real number without a unit (say unit::dimensionless if it has none)");
  if (parameter.kind == ValueKind::file && parameter.default_value.kind != Node::Kind::null &&
      !(parameter.list && parameter.default_value.items.empty()))
    faults.push_back(who + " is a file with a default, which no machine but one would have");
  if (parameter.kind == ValueKind::real || parameter.kind == ValueKind::integer) {
    std::vector<Node> values = parameter.default_value.items;
    if (parameter.default_value.is_scalar()) values.push_back(parameter.default_value);
    for (const Node& value : values)
      if (const std::string& t = value.text;
          t != ".inf" && t != "-.inf" && !parameter.attributes.range.contains(std::stod(t)))
        faults.push_back(who + " has the default " + t + " outside its range");
  }
  for (const Parameter& member : parameter.members) parameter_faults(member, who, faults);
}

/// Keys that the workflow language takes for itself, and the one that makes a stage's mapping a stage.
void key_faults(const ComponentDeclaration& declaration, const std::string& who, std::vector<std::string>& faults) {
  const bool stage = declaration.family.name == "stage";
  bool has_verb = false;
  for (const Parameter& parameter : declaration.parameters) {
    const std::string& key = parameter.key;
    if (stage ? key == "repeat" || key == "stages" : key == "type")
      faults.push_back(who + ": '" + key + "' has a meaning of its own and cannot be a parameter");
    has_verb |= key == declaration.name;
  }
  if (stage && !has_verb) faults.push_back(who + ": a stage needs a parameter of its own name, its verb");
}

}  // namespace

std::string_view version() { return LIFTWELL_VERSION; }

Registrar::Registrar(Declare declare, const char* file, int line, const char* built_against) {
  const std::scoped_lock lock(pending().guard);
  pending().list.push_back({declare, file, line, built_against});
}

std::vector<std::string> declaration_faults(const ComponentDeclaration& declaration) {
  std::vector<std::string> faults;
  const std::string who = declaration.family.name + "/" + declaration.name;
  if (!snake_case(declaration.name)) faults.push_back(who + ": the name is not snake_case");
  if (!declaration.summary.ends_with('.')) faults.push_back(who + ": the summary has no full stop at its end");
  if (declaration.reference.empty()) faults.push_back(who + ": there is no reference");
  if (declaration.example.empty()) faults.push_back(who + ": there is no example");
  for (const Parameter& parameter : declaration.parameters) parameter_faults(parameter, who, faults);
  key_faults(declaration, who, faults);
  for (std::size_t i = 0; i < declaration.parameters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (declaration.parameters[i].key == declaration.parameters[j].key)
        faults.push_back(who + ": parameter '" + declaration.parameters[i].key + "' is declared twice");
  return faults;
}

ComponentDeclaration::ComponentDeclaration() = default;
ComponentDeclaration::~ComponentDeclaration() = default;
ComponentDeclaration::ComponentDeclaration(const ComponentDeclaration&) = default;
ComponentDeclaration::ComponentDeclaration(ComponentDeclaration&&) noexcept = default;
ComponentDeclaration& ComponentDeclaration::operator=(const ComponentDeclaration&) = default;
ComponentDeclaration& ComponentDeclaration::operator=(ComponentDeclaration&&) noexcept = default;

void Registry::add(ComponentDeclaration declaration) {
  if (const auto faults = declaration_faults(declaration); !faults.empty())
    throw InternalError(fmt::format("{}:{}: {}", declaration.file, declaration.line, fmt::join(faults, "; ")));
  const auto& family = declaration.family.name;
  if (const ComponentDeclaration* twin = find(family, declaration.name))
    throw InternalError(fmt::format("component {}/{} is registered twice: at {}:{} and at {}:{}", family,
                                    declaration.name, twin->file, twin->line, declaration.file, declaration.line));
  families_.try_emplace(family, declaration.family);
  components_[family].emplace(declaration.name, std::move(declaration));
}

const ComponentDeclaration* Registry::find(std::string_view family, std::string_view name) const {
  const auto members = components_.find(family);
  if (members == components_.end()) return nullptr;
  const auto found = members->second.find(name);
  return found == members->second.end() ? nullptr : &found->second;
}

std::vector<std::string> Registry::names(std::string_view family) const {
  std::vector<std::string> out;
  if (const auto members = components_.find(family); members != components_.end())
    for (const auto& [name, declaration] : members->second) out.push_back(name);
  return out;
}

std::vector<FamilyInfo> Registry::families() const {
  std::vector<FamilyInfo> out;
  for (const auto& [name, info] : families_) out.push_back(info);
  return out;
}

std::vector<const ComponentDeclaration*> Registry::all() const {
  std::vector<const ComponentDeclaration*> out;
  for (const auto& [family, members] : components_)
    for (const auto& [name, declaration] : members) out.push_back(&declaration);
  return out;
}

Registry& Registry::global() {
  static Registry registry;
  // Stages that run side by side all come here.
  static std::mutex adding;
  const std::scoped_lock lock(adding);
  for (const Registration& registration : take_pending()) registry.add(declare(registration));
  return registry;
}

void load_plugin(const std::string& path) {
  Registry& registry = Registry::global();
  // The path is made explicit so that dlopen never searches the system for a bare name.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  std::error_code status;
  const std::filesystem::path canonical = std::filesystem::canonical(file, status);
  if (status) throw InputError("plug-in '" + path + "' cannot be loaded: there is no such file");
  static std::set<std::filesystem::path> loaded;
  if (loaded.contains(canonical)) return;
  if (dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr)
    throw InputError("plug-in '" + path + "' cannot be loaded: " + dlerror());
  const std::vector<Registration> added = take_pending();
  if (added.empty()) throw InputError("plug-in '" + path + "' registers no component; use LIFTWELL_COMPONENT in it");
  std::vector<ComponentDeclaration> declarations;
  for (const Registration& registration : added) {
    if (std::string_view(registration.built_against) != version())
      throw InputError(fmt::format("plug-in '{}' was built against liftwell {}, this is {}; build it again", path,
                                   registration.built_against, version()));
    declarations.push_back(declare(registration));
    const ComponentDeclaration& declaration = declarations.back();
    if (const auto* twin = registry.find(declaration.family.name, declaration.name))
      throw InputError(fmt::format("plug-in '{}' registers {}/{}, which already exists ({}:{})", path,
                                   declaration.family.name, declaration.name, twin->file, twin->line));
    if (const auto faults = declaration_faults(declaration); !faults.empty())
      throw InputError(fmt::format("plug-in '{}' declares badly: {}", path, fmt::join(faults, "; ")));
  }
  for (std::size_t i = 0; i < declarations.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (declarations[i].family.name == declarations[j].family.name && declarations[i].name == declarations[j].name)
        throw InputError(
            fmt::format("plug-in '{}' registers {}/{} twice", path, declarations[i].family.name, declarations[i].name));
  for (ComponentDeclaration& declaration : declarations) registry.add(std::move(declaration));
  loaded.insert(canonical);
}

}  // namespace liftwell
