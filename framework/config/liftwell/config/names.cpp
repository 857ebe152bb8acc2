// SPDX-License-Identifier: MIT
#include "liftwell/config/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace liftwell {
namespace {

constexpr std::size_t longest_name = 64;

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

/// Every character is a letter, a digit or one of `others`.
bool only(std::string_view name, std::string_view others) {
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || digit(c) || others.find(c) != std::string_view::npos; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Device names that Windows refuses as file names, with or without an ending.
bool reserved_by_windows(std::string_view name) {
  constexpr std::array devices{"con", "prn", "aux", "nul"};
  const std::string stem = lower(name.substr(0, name.find('.')));
  if (std::find(devices.begin(), devices.end(), stem) != devices.end()) return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '1' && stem[3] <= '9';
}

}  // namespace

bool is_component_name(std::string_view name) {
  return !name.empty() && letter(name[0]) && only(name, "_-") && name.size() <= longest_name;
}

bool is_workflow_name(std::string_view name) {
  return !name.empty() && (letter(name[0]) || digit(name[0])) && only(name, "_-.") && !name.ends_with('.') &&
         name.size() <= longest_name && !reserved_by_windows(name);
}

bool is_stage_name(std::string_view name) {
  return is_component_name(name) && lower(name) == name && !reserved_by_windows(name);
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && (letter(name[0]) || name[0] == '_') && only(name, "_");
}

std::string as_stage_name(std::string_view name) {
  std::string out = lower(name);
  for (char& c : out)
    if (!only(std::string_view(&c, 1), "_-")) c = '_';
  return is_stage_name(out) ? out : std::string{};
}

bool declares(const ComponentDeclaration& declaration, std::string_view key) {
  return std::any_of(declaration.parameters.begin(), declaration.parameters.end(),
                     [&](const Parameter& parameter) { return parameter.key == key; });
}

std::vector<std::string> keys_of(const Node& mapping) {
  std::vector<std::string> keys;
  for (const NodeEntry& entry : mapping.entries) keys.push_back(entry.key);
  return keys;
}

std::vector<std::string> top_level_keys(const Registry& registry) {
  std::vector<std::string> keys{"name", "description", "seed", "units", "plugins", "extends", "variables"};
  for (const FamilyInfo& family : registry.families())
    if (!family.section.empty()) keys.push_back(family.section);
  keys.emplace_back("pipeline");
  keys.emplace_back("sweep");
  return keys;
}

const FamilyInfo* family_of_section(const std::vector<FamilyInfo>& families, std::string_view section) {
  for (const FamilyInfo& family : families)
    if (!section.empty() && family.section == section) return &family;
  return nullptr;
}

}  // namespace liftwell
