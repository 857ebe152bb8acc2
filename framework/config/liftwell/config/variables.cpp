// SPDX-License-Identifier: MIT
#include "liftwell/config/variables.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "liftwell/config/names.hpp"

namespace liftwell {
namespace {

class Substitution {
 public:
  Substitution(const Node* section, Diagnostics& errors, Diagnostics& warnings) : errors_(errors), warnings_(warnings) {
    if (section == nullptr || section->kind == Node::Kind::null) return;
    if (!section->is_mapping()) {
      errors_.push_back({.location = section->location,
                         .path = "variables",
                         .message = "must be a mapping from names to values",
                         .given = section->describe()});
      return;
    }
    for (const NodeEntry& entry : section->entries) {
      if (!is_variable_name(entry.key))
        errors_.push_back({.location = entry.key_location,
                           .path = "variables." + entry.key,
                           .message = "is not a name for a variable",
                           .allowed = std::string(variable_name_rule)});
      variables_[entry.key] = {entry.value, entry.key_location, false, false, false};
      names_.push_back(entry.key);
    }
  }

  void apply(Node& node, const std::string& path) {
    if (node.is_scalar()) return apply_to_scalar(node, path);
    for (std::size_t i = 0; i < node.items.size(); ++i) apply(node.items[i], path + "[" + std::to_string(i) + "]");
    for (NodeEntry& entry : node.entries) apply(entry.value, path.empty() ? entry.key : path + "." + entry.key);
  }

  void finish() {
    for (const std::string& name : names_) {
      (void)value_of(name);  // findings inside variables that nothing uses are findings too
      if (!variables_[name].used)
        warnings_.push_back(
            {.location = variables_[name].location, .path = "variables." + name, .message = std::string(never_used)});
    }
  }

 private:
  struct Variable {
    Node value;
    Location location;
    bool used = false;
    bool done = false;  ///< its own ${...} are replaced
    bool open = false;  ///< being replaced right now
  };

  void fail(const Node& node, const std::string& path, std::string message, std::string given, std::string allowed = {},
            std::string suggestion = {}) {
    errors_.push_back({.location = node.location,
                       .path = path,
                       .message = std::move(message),
                       .given = std::move(given),
                       .allowed = std::move(allowed),
                       .suggestion = std::move(suggestion)});
  }

  /// The finished value of a variable that exists.
  const Node& value_of(const std::string& name) {
    Variable& variable = variables_[name];
    if (!variable.done) {
      variable.open = true;
      apply(variable.value, "variables." + name);
      variable.open = false;
      variable.done = true;
    }
    return variable.value;
  }

  /// The variable that `${name}` in `node` means, or null after a finding.
  const Node* look_up(const std::string& name, const Node& node, const std::string& path) {
    const std::string given = "${" + name + "}";
    if (!is_variable_name(name)) {
      fail(node, path, "is not a name for a variable (write $${ for a plain ${)", given,
           std::string(variable_name_rule));
      return nullptr;
    }
    const auto found = variables_.find(name);
    if (found == variables_.end()) {
      fail(node, path, "there is no variable of this name", given,
           names_.empty() ? "none, as the workflow has no 'variables'" : join_or(names_), nearest(name, names_));
      return nullptr;
    }
    found->second.used = true;
    if (found->second.open) {
      fail(node, path, "this variable is defined by itself", given);
      return nullptr;
    }
    return &value_of(name);
  }

  void apply_to_scalar(Node& node, const std::string& path) {
    const std::string text = node.text;
    if (text.find("${") == std::string::npos) return;
    if (text.starts_with("${") && text.find('}') == text.size() - 1) {
      if (const Node* value = look_up(text.substr(2, text.size() - 3), node, path)) node = *value;
      return;
    }
    std::string out;
    bool replaced = false;
    for (std::size_t i = 0; i < text.size();) {
      if (text.compare(i, 3, "$${") == 0) {
        out += "${";
        i += 3;
      } else if (text.compare(i, 2, "${") == 0) {
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) return fail(node, path, "has '${' without '}'", "'" + text + "'");
        const std::string name = text.substr(i + 2, end - i - 2);
        const Node* value = look_up(name, node, path);
        if (value == nullptr) return;
        if (!value->is_scalar())
          return fail(node, path, "only a single value can stand inside text",
                      "${" + name + "} is " + value->describe());
        out += value->text;
        replaced = true;
        i = end + 1;
      } else {
        out += text[i++];
      }
    }
    node.text = out;
    node.quoted = node.quoted && !replaced;
  }

  Diagnostics& errors_;
  Diagnostics& warnings_;
  std::map<std::string, Variable> variables_;
  std::vector<std::string> names_;  ///< in the order written
};

}  // namespace

void substitute_variables(Node& workflow, Diagnostics& errors, Diagnostics& warnings) {
  Substitution substitution(workflow.find("variables"), errors, warnings);
  for (NodeEntry& entry : workflow.entries)
    if (entry.key != "variables") substitution.apply(entry.value, entry.key);
  substitution.finish();
}

}  // namespace liftwell
