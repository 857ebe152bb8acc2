// SPDX-License-Identifier: MIT
#include "liftwell/config/overrides.hpp"

#include <algorithm>
#include <charconv>

#include "liftwell/config/names.hpp"
#include "liftwell/config/yaml_reader.hpp"

namespace liftwell {

std::optional<std::vector<std::string>> steps_of(std::string_view path) {
  std::vector<std::string> steps(1);
  bool closed = false;  // a bracket just ended, so only '.', '[' or the end may follow
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.') {
      if (steps.back().empty()) return std::nullopt;
      steps.emplace_back();
      closed = false;
    } else if (path[i] == '[') {
      const std::size_t end = path.find(']', i);
      if (end == std::string_view::npos || steps.back().empty()) return std::nullopt;
      steps.emplace_back(path.substr(i + 1, end - i - 1));
      i = end;
      closed = true;
    } else {
      if (closed) return std::nullopt;
      steps.back() += path[i];
    }
  }
  if (std::any_of(steps.begin(), steps.end(), [](const std::string& step) { return step.empty(); }))
    return std::nullopt;
  return steps;
}

namespace {

/// One value on its way down the tree.
class Walk {
 public:
  Walk(Node& workflow, const std::string& path, Location location, const Registry& registry, Diagnostics& errors)
      : workflow_(workflow), path_(path), registry_(registry), errors_(errors), location_(std::move(location)) {}

  void apply_text(const std::string& text) {
    if (!find_steps()) return;
    if (steps_.front() == "extends")
      return fail("extends", "cannot be set on the command line; it is read before --set is applied");
    if (text.empty()) return fail(path_, "gives no value; to remove the key, set it to ~");
    Diagnostics faults;
    std::optional<Node> value = read_yaml(text, location_.source, faults);
    for (Diagnostic& fault : faults) {
      fault.location = location_;
      errors_.push_back(std::move(fault));
    }
    if (!value || !faults.empty()) return;
    relocate(*value, location_);
    set(std::move(*value));
  }

  void apply(Node value) {
    if (find_steps()) set(std::move(value));
  }

 private:
  bool find_steps() {
    auto steps = steps_of(path_);
    if (steps)
      steps_ = std::move(*steps);
    else
      fail("", "is not a path", "keys joined by '.', places in lists as [0]");
    return steps.has_value();
  }

  void fail(std::string path, std::string message, std::string allowed = {}, std::string suggestion = {}) {
    errors_.push_back({.location = location_,
                       .path = std::move(path),
                       .message = std::move(message),
                       .allowed = std::move(allowed),
                       .suggestion = std::move(suggestion)});
  }

  /// The first `count` steps as a path.
  [[nodiscard]] std::string path(std::size_t count) const {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? "." : "") + steps_[i];
    return out;
  }

  void set(Node value) {
    Node* parent = &workflow_;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (parent->kind == Node::Kind::null) *parent = Node(Node::Kind::mapping, location_);
      if (parent->is_mapping()) join_key(*parent, i);
      const bool last = i + 1 == steps_.size();
      if (last && value.kind == Node::Kind::null && parent->is_mapping()) return remove(*parent);
      Node* child = step_into(*parent, i);
      if (child == nullptr) return;
      parent = child;
    }
    *parent = std::move(value);
  }

  /// Keys of a sweep are paths themselves: the steps from i on that make a key of `parent` become one.
  void join_key(const Node& parent, std::size_t i) {
    const auto rest = steps_.begin() + static_cast<std::ptrdiff_t>(i);
    std::size_t joined = is_path_key(i) ? steps_.size() - i : 1;  // of a new key
    std::string key = path(steps_.size()).substr(i == 0 ? 0 : path(i).size() + 1);
    if (joined == 1) key = steps_[i];
    std::size_t longest = 0;
    for (const NodeEntry& entry : parent.entries) {
      const auto own = steps_of(entry.key);
      if (!own || own->size() <= longest || own->size() > steps_.size() - i) continue;
      if (!std::equal(own->begin(), own->end(), rest)) continue;
      longest = joined = own->size();
      key = entry.key;
    }
    steps_[i] = key;
    steps_.erase(rest + 1, rest + static_cast<std::ptrdiff_t>(joined));
  }

  /// sweep.over.PATH, sweep.over.AXIS.VALUE.PATH
  [[nodiscard]] bool is_path_key(std::size_t i) const {
    return (i == 2 || i == 4) && steps_[0] == "sweep" && steps_[1] == "over";
  }

  void remove(Node& parent) {
    if (parent.find(steps_.back()) == nullptr)
      return fail(path_, "cannot be removed: there is no such key", join_or(keys_of(parent)),
                  nearest(steps_.back(), keys_of(parent)));
    std::erase_if(parent.entries, [&](const NodeEntry& entry) { return entry.key == steps_.back(); });
  }

  Node* step_into(Node& parent, std::size_t i) {
    if (parent.is_sequence()) return step_into_list(parent, i);
    if (parent.is_scalar()) {
      fail(path(i + 1), "cannot be set: '" + path(i) + "' is '" + parent.text + "', which has no keys", {},
           place_of_component(parent.text));
      return nullptr;
    }
    if (Node* found = parent.find(steps_[i])) return found;
    if (!may_create(parent, i)) return nullptr;
    parent.entries.push_back({steps_[i], location_, Node(Node::Kind::null, location_)});
    return &parent.entries.back().value;
  }

  Node* step_into_list(Node& list, std::size_t i) {
    const std::string& step = steps_[i];
    std::size_t index = 0;
    const auto [end, status] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (status == std::errc{} && end == step.data() + step.size() && index < list.items.size())
      return &list.items[index];
    fail(path(i + 1), "is not a place in this list of " + std::to_string(list.items.size()),
         list.items.size() < 2 ? "[0]" : "[0] to [" + std::to_string(list.items.size() - 1) + "]");
    return nullptr;
  }

  /// Whether a key that is not there may be made; what cannot exist or would be a slip is reported.
  bool may_create(const Node& parent, std::size_t i) {
    if (i == 0) {
      const auto keys = top_level_keys(registry_);
      if (std::find(keys.begin(), keys.end(), steps_[0]) != keys.end()) return true;
      fail(steps_[0], "unknown key", join_or(keys), nearest(steps_[0], keys));
      return false;
    }
    const std::string kind = named_thing(i);
    if (kind.empty()) return true;
    const auto names = keys_of(parent);
    std::string suggestion = nearest(steps_[i], names);
    if (suggestion.empty() && kind == "stage") suggestion = place_in_loop(i);
    fail(path(i + 1), "there is no " + kind + " of this name",
         names.empty() ? "none, as the workflow has none" : join_or(names), std::move(suggestion));
    return false;
  }

  /// What step i names, when only existing ones may be set.
  [[nodiscard]] std::string named_thing(std::size_t i) const {
    if (i == 1 && steps_[0] == "variables") return "variable";
    const bool in_loop = i == 3 && steps_[2] == "stages";
    if (steps_[0] == "pipeline" && (i == 1 || in_loop)) return "stage";
    const auto families = registry_.families();
    if (const FamilyInfo* family = family_of_section(families, steps_[0]); family != nullptr && i == 1)
      return family->name;
    return {};
  }

  /// Where a stage stands that was looked for outside the loop it is in.
  [[nodiscard]] std::string place_in_loop(std::size_t i) const {
    const Node* pipeline = workflow_.find("pipeline");
    if (pipeline == nullptr) return {};
    for (const NodeEntry& item : pipeline->entries) {
      const Node* stages = item.value.find("stages");
      if (stages != nullptr && stages->find(steps_[i]) != nullptr)
        return "pipeline." + item.key + ".stages." + steps_[i];
    }
    return {};
  }

  /// The section and name of a component that the path meets by its name only; or of a variable.
  [[nodiscard]] std::string place_of_component(const std::string& name) const {
    if (name.starts_with("${") && name.ends_with("}")) return "variables." + name.substr(2, name.size() - 3);
    for (const FamilyInfo& family : registry_.families()) {
      const Node* section = workflow_.find(family.section);
      if (section != nullptr && section->find(name) != nullptr) return family.section + "." + name;
    }
    return {};
  }

  Node& workflow_;
  const std::string& path_;
  const Registry& registry_;
  Diagnostics& errors_;
  Location location_;
  std::vector<std::string> steps_;
};

}  // namespace

void apply_override(Node& workflow, const Override& override, const Registry& registry, Diagnostics& errors) {
  Location location;
  location.source = "--set " + override.path + "=" + override.value;
  Walk(workflow, override.path, std::move(location), registry, errors).apply_text(override.value);
}

void apply_assignment(Node& workflow, const Assignment& assignment, const Registry& registry, Diagnostics& errors) {
  Walk(workflow, assignment.path, assignment.location, registry, errors).apply(assignment.value);
}

}  // namespace liftwell
