// SPDX-License-Identifier: MIT
#include "liftwell/reporting/summary_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "liftwell/base/error.hpp"
#include "liftwell/reporting/html.hpp"

namespace liftwell {
namespace {

using Json = nlohmann::json;

/// What follows `key` in `place`, or nothing when `place` does not begin with it.
std::optional<std::string_view> rest_after(std::string_view place, std::string_view key) {
  if (place == key) return "";
  if (key.empty() || !place.starts_with(key) || place[key.size()] != '.') return std::nullopt;
  return place.substr(key.size() + 1);
}

std::optional<ResultValue> result_at(const Json& json) {
  ResultValue out;
  if (json.is_number() || json.is_null()) {
    out.value = html::real(json);
    return out;
  }
  if (!json.is_object() || !json.contains("value")) return std::nullopt;
  out.value = html::real(html::at(json, "value"));
  out.standard_error = html::real(html::at(json, "stderr"));
  out.exact = html::real(html::at(json, "exact"));
  out.unit = html::text(json, "unit");
  return out;
}

/// A result that is looked for by name alone must be of one stage.
void require_one_stage(const std::vector<const Json*>& entries, std::string_view name) {
  std::vector<std::string> stages;
  for (const Json* entry : entries)
    if (const std::string stage = html::text(*entry, "stage"); std::count(stages.begin(), stages.end(), stage) == 0)
      stages.push_back(stage);
  if (stages.size() > 1)
    throw InputError(fmt::format("'{}' is a result of several stages ({}): put the stage before the name, as in {}.{}",
                                 name, fmt::join(stages, ", "), stages.front(), name));
}

std::optional<ResultValue> find(const Json& json, std::string_view place);

/// How an entry of a list can be called: stage.name and name where it has a name, else by its stage.
enum class Call { stage_and_name, name, stage };

std::string called(const Json& entry, Call call) {
  const std::string stage = html::text(entry, "stage"), name = html::text(entry, "name");
  if (call == Call::stage) return name.empty() ? stage : "";
  if (call == Call::name || name.empty()) return name;
  return stage + "." + name;
}

std::optional<ResultValue> find_in_list(const std::vector<const Json*>& entries, std::string_view place) {
  for (const Call call : {Call::stage_and_name, Call::name, Call::stage}) {
    std::vector<const Json*> same;
    std::string_view rest;
    for (const Json* entry : entries) {
      const auto after = rest_after(place, called(*entry, call));
      if (!after || (!same.empty() && after->size() > rest.size())) continue;
      if (after->size() < rest.size()) same.clear();
      same.push_back(entry);
      rest = *after;
    }
    if (same.empty()) continue;
    if (call == Call::name) require_one_stage(same, place);
    const Json* last = same.front();  // of equal cycles the one that stands last
    for (const Json* entry : same)
      if (entry->value("cycle", 0) >= last->value("cycle", 0)) last = entry;
    if (auto found = find(*last, rest)) return found;
  }
  return std::nullopt;
}

std::optional<ResultValue> find(const Json& json, std::string_view place) {
  if (place.empty()) return result_at(json);
  if (json.is_array()) {
    std::vector<const Json*> entries;
    for (const Json& entry : json)
      if (entry.is_object()) entries.push_back(&entry);
    return find_in_list(entries, place);
  }
  if (!json.is_object()) return std::nullopt;
  for (const auto& [key, value] : json.items()) {
    const auto rest = rest_after(place, key);
    if (!rest) continue;
    auto found = find(value, *rest);
    if (!found) continue;
    if (found->unit.empty()) found->unit = key == "wall_s" ? "s" : html::text(json, "unit");
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ResultValue> find_result(const Json& summary, const std::string& place) { return find(summary, place); }

}  // namespace liftwell
