// SPDX-License-Identifier: MIT
#include "liftwell/config/sweep_plan.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "liftwell/config/names.hpp"

namespace liftwell {
namespace {

constexpr std::int64_t most_values = 10000;

/// Keys that say what the workflow is; a sweep varies what it does.
bool fixed_key(const std::string& key) {
  static const std::vector<std::string> fixed{"name", "description", "plugins", "extends", "sweep", "variables"};
  return std::find(fixed.begin(), fixed.end(), key) != fixed.end();
}

class AxisPlanner {
 public:
  AxisPlanner(const Node& workflow, bool labels_only, const Registry& registry, Diagnostics& errors)
      : workflow_(workflow), labels_only_(labels_only), sections_(top_level_keys(registry)), errors_(errors) {
    if (const Node* variables = workflow.find("variables")) variables_ = keys_of(*variables);
    std::erase_if(sections_, fixed_key);
  }

  /// `written` as in the file, `node` with variables replaced.
  PlannedAxis plan(const NodeEntry& entry, const Node* written) {
    PlannedAxis axis{.name = entry.key, .location = entry.key_location};
    const std::string path = "sweep.over." + entry.key;
    const Node& node = entry.value;
    if (node.is_sequence())
      plan_list(node, path, axis);
    else if (is_range(node))
      plan_range(node, path, axis);
    else if (node.is_mapping() && !node.entries.empty())
      plan_named(written != nullptr && written->is_mapping() ? *written : node, path, axis);
    else
      fail(node.location, path, "must be the values to go through", node.describe(),
           "a list, {from: 1, count: 20}, or a mapping from names to what each sets");
    check_distinct(path, axis);
    return axis;
  }

 private:
  void fail(const Location& location, const std::string& path, std::string message, std::string given = {},
            std::string allowed = {}, std::string suggestion = {}) {
    errors_.push_back({.location = location,
                       .path = path,
                       .message = std::move(message),
                       .given = std::move(given),
                       .allowed = std::move(allowed),
                       .suggestion = std::move(suggestion)});
  }

  /// The place in the workflow that a key of the sweep means, or "" after a finding.
  std::string target(const std::string& key, const Location& location, const std::string& path) {
    if (std::find(variables_.begin(), variables_.end(), key) != variables_.end()) return "variables." + key;
    const std::string head = key.substr(0, key.find_first_of(".["));
    if (head != key && head == "variables") return key;
    if (fixed_key(head)) {
      fail(location, path, "cannot differ between the points of a sweep");
      return {};
    }
    if (head != key || std::find(sections_.begin(), sections_.end(), key) != sections_.end()) return key;
    std::vector<std::string> names = variables_;
    names.emplace_back("seed");
    fail(location, path, "is neither a variable of this workflow nor a path into it", "",
         join_or(names) + ", a path such as systems.NAME.temperature, or a mapping from names to what each sets",
         nearest(key, names));
    return {};
  }

  void plan_list(const Node& list, const std::string& path, PlannedAxis& axis) {
    if (list.items.empty()) return fail(list.location, path, "has no values");
    const std::string to = labels_only_ ? "" : target(axis.name, axis.location, path);
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = list.items[i];
      const std::string place = path + "[" + std::to_string(i) + "]";
      if (!item.is_scalar() || item.text.empty())
        fail(item.location, place, "must be a single value", item.describe(),
             "a number or text; lists and components get names: {NAME: {PATH: value}}");
      else
        add(axis, item.text, to, item);
    }
  }

  void plan_range(const Node& range, const std::string& path, PlannedAxis& axis) {
    for (const NodeEntry& entry : range.entries)
      if (entry.key != "from" && entry.key != "count")
        fail(entry.key_location, path + "." + entry.key, "unknown key", "", "from or count",
             nearest(entry.key, {"from", "count"}));
    const std::string to = target(axis.name, axis.location, path);
    std::int64_t from = 0, count = 0;
    if (!whole_number(range, "from", path, 0, from) || !whole_number(range, "count", path, 1, count)) return;
    for (std::int64_t value = from; value < from + count; ++value)
      add(axis, std::to_string(value), to, Node::scalar(std::to_string(value), range.location));
  }

  bool whole_number(const Node& range, const std::string& key, const std::string& path, std::int64_t least,
                    std::int64_t& value) {
    const Node* node = range.find(key);
    if (node == nullptr) {
      fail(range.location, path + "." + key, "is required and missing", "", "a whole number");
      return false;
    }
    const std::string& text = node->text;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::int64_t most = key == "count" ? most_values : std::int64_t{1} << 53;
    if (node->is_scalar() && status == std::errc{} && end == text.data() + text.size() && value >= least &&
        value <= most)
      return true;
    fail(node->location, path + "." + key, "must be a whole number", node->describe(),
         std::to_string(least) + " to " + std::to_string(most));
    return false;
  }

  void add(PlannedAxis& axis, const std::string& label, const std::string& to, const Node& value) {
    PlannedValue planned{label, {}};
    if (!to.empty()) planned.sets.push_back({to, value, value.location});
    axis.values.push_back(std::move(planned));
  }

  void plan_named(const Node& names, const std::string& path, PlannedAxis& axis) {
    if (!is_component_name(axis.name))
      fail(axis.location, path, "is not a name for an axis with named values", "", std::string(component_name_rule));
    for (const NodeEntry& entry : names.entries) {
      const std::string place = path + "." + entry.key;
      if (!entry.value.is_mapping()) {
        fail(entry.value.location, place, "must be a mapping from variables and paths to the values they get",
             entry.value.describe(), "{systems.NAME.temperature: 15, pipeline.STAGE: {...}}");
        continue;
      }
      PlannedValue planned{entry.key, {}};
      for (const NodeEntry& set : entry.value.entries)
        if (const std::string to = target(set.key, set.key_location, place + "." + set.key); !to.empty())
          planned.sets.push_back({to, set.value, set.key_location});
      axis.values.push_back(std::move(planned));
    }
  }

  void check_distinct(const std::string& path, const PlannedAxis& axis) {
    std::map<std::string, std::string> seen;
    for (const PlannedValue& value : axis.values) {
      const auto [first, added] = seen.try_emplace(part_of_point_name("", value.label), value.label);
      if (added) continue;
      const Location& location = value.sets.empty() ? axis.location : value.sets.front().location;
      if (first->second == value.label)
        fail(location, path, "has this value twice", "'" + value.label + "'");
      else
        fail(location, path, "has two values whose points would have one folder",
             "'" + first->second + "' and '" + value.label + "'", "values that differ in more than punctuation");
    }
  }

  const Node& workflow_;
  bool labels_only_;
  std::vector<std::string> sections_;
  std::vector<std::string> variables_;
  Diagnostics& errors_;
};

bool begins_with(const std::vector<std::string>& steps, const std::vector<std::string>& beginning) {
  return steps.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), steps.begin());
}

bool sets_in_every_value(const PlannedAxis& axis, const std::vector<std::string>& steps) {
  return !axis.values.empty() && std::all_of(axis.values.begin(), axis.values.end(), [&](const PlannedValue& value) {
    return std::any_of(value.sets.begin(), value.sets.end(), [&](const Assignment& set) {
      const auto target = steps_of(set.path);
      return target && begins_with(steps, *target);
    });
  });
}

}  // namespace

bool is_range(const Node& axis) {
  return axis.is_mapping() && std::any_of(axis.entries.begin(), axis.entries.end(), [](const NodeEntry& entry) {
           return (entry.key == "from" || entry.key == "count") && !entry.value.is_mapping();
         });
}

std::string part_of_point_name(const std::string& axis, const std::string& label) {
  std::string out = axis.empty() ? label : axis + "=" + label;
  for (char& c : out) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("_-.+=").find(c) != std::string_view::npos;
    if (!kept) c = '_';
  }
  return out;
}

std::vector<PlannedAxis> plan_axes(const Node& written, const Node& substituted, bool labels_only,
                                   const Registry& registry, Diagnostics& errors) {
  const Node* over = substituted.find("sweep")->find("over");
  const Node* written_over = written.find("sweep")->find("over");
  if (over == nullptr || !over->is_mapping() || over->entries.empty()) {
    errors.push_back({.location = over == nullptr ? substituted.find("sweep")->location : over->location,
                      .path = "sweep.over",
                      .message = over == nullptr ? "is required and missing" : "must say what is varied",
                      .given = over == nullptr ? "" : over->describe(),
                      .allowed = "a mapping from variables and paths to their values"});
    return {};
  }
  AxisPlanner planner(written, labels_only, registry, errors);
  std::vector<PlannedAxis> axes;
  std::map<std::string, std::string> setter;  // path -> axis
  for (const NodeEntry& entry : over->entries) {
    PlannedAxis axis = planner.plan(entry, written_over == nullptr ? nullptr : written_over->find(entry.key));
    for (const PlannedValue& value : axis.values)
      for (const Assignment& set : value.sets)
        if (const auto [first, added] = setter.try_emplace(set.path, axis.name); !added && first->second != axis.name)
          errors.push_back({.location = set.location,
                            .path = "sweep.over." + axis.name,
                            .message = "sets what another axis sets",
                            .given = set.path + ", set by '" + first->second + "'"});
    // What is wrong with one axis must not hide what is wrong with the others' points.
    if (!axis.values.empty()) axes.push_back(std::move(axis));
  }
  return axes;
}

void check_overrides(const std::vector<PlannedAxis>& axes, const std::vector<Override>& overrides,
                     Diagnostics& errors) {
  for (const Override& override : overrides) {
    const auto steps = steps_of(override.path);
    if (!steps) continue;
    for (const PlannedAxis& axis : axes)
      if (sets_in_every_value(axis, *steps)) {
        Location location;
        location.source = "--set " + override.path + "=" + override.value;
        errors.push_back({.location = location,
                          .path = override.path,
                          .message = "has no effect: the axis '" + axis.name + "' of the sweep sets it in every point",
                          .allowed = "--set sweep.over." + axis.name + "=..."});
      }
  }
}

}  // namespace liftwell
