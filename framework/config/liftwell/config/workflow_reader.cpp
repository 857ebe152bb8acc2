// SPDX-License-Identifier: MIT
#include "liftwell/config/workflow_reader.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "liftwell/config/component_reader.hpp"
#include "liftwell/config/names.hpp"
#include "liftwell/config/resolved.hpp"
#include "liftwell/registry/value.hpp"

namespace liftwell {
namespace {

bool molecular(const Node& tree) {
  const Node* units = tree.find("units");
  // Where it cannot be told, units are no further mistakes.
  return units != nullptr && units->text != "reduced";
}

class TreeReader {
 public:
  TreeReader(const Node& tree, const Registry& registry, InputFiles& inputs)
      : tree_(tree), registry_(registry), families_(registry.families()), reader_(registry, molecular(tree), inputs) {}

  void read(WorkflowReading& reading) {
    check_keys();
    read_head();
    for (const NodeEntry& entry : tree_.entries)
      if (const FamilyInfo* family = family_of_section(families_, entry.key)) reader_.add_section(*family, entry.value);
    read_pipeline();
    workflow_.named = reader_.finish();
    reading.errors.insert(reading.errors.end(), reader_.errors().begin(), reader_.errors().end());
    reading.warnings.insert(reading.warnings.end(), reader_.warnings().begin(), reader_.warnings().end());
    if (!reading.errors.empty()) {
      reading.partial = std::move(workflow_);
      return;
    }
    workflow_.resolved = resolved_workflow(workflow_, plugins_, registry_);
    reading.workflow = std::move(workflow_);
  }

 private:
  void check_keys() {
    const std::vector<std::string> known = top_level_keys(registry_);
    for (const NodeEntry& entry : tree_.entries) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      reader_.error({.location = entry.key_location,
                     .path = entry.key,
                     .message = "unknown key",
                     .allowed = join_or(known),
                     .suggestion = nearest(entry.key, known)});
    }
  }

  void missing(const Node& parent, const std::string& path, std::string allowed) {
    reader_.error({.location = parent.location,
                   .path = path,
                   .message = "is required and missing",
                   .allowed = std::move(allowed)});
  }

  void read_head() {
    const Node* name = tree_.find("name");
    if (name == nullptr)
      missing(tree_, "name", std::string(workflow_name_rule));
    else if (!name->is_scalar() || !is_workflow_name(name->text))
      reader_.fail(*name, "name", "is not a name for a workflow", std::string(workflow_name_rule));
    else
      workflow_.name = name->text;

    if (const Node* description = tree_.find("description")) {
      if (!description->is_scalar())
        reader_.fail(*description, "description", "must be text");
      else
        workflow_.description = description->text;
    }
    if (const Node* seed = tree_.find("seed")) read_seed(*seed);
    if (const Node* units = tree_.find("units")) {
      if (!units->is_scalar() || (units->text != "reduced" && units->text != "molecular"))
        reader_.fail(*units, "units", "is not a system of units", "reduced or molecular",
                     nearest(units->text, {"reduced", "molecular"}));
    }
    workflow_.physical_units = molecular(tree_);
    if (const Node* plugins = tree_.find("plugins")) {
      plugins_ = *plugins;
      if (!plugins->is_sequence()) {
        plugins_ = Node(Node::Kind::sequence);
        plugins_.items = {*plugins};
      }
      for (Node& plugin : plugins_.items) plugin.quoted = true;
    }
  }

  void read_seed(const Node& seed) {
    const std::string& text = seed.text;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), workflow_.seed);
    const bool whole = seed.is_scalar() && !text.empty() && status == std::errc{} && end == text.data() + text.size();
    if (!whole || seed.quoted)
      reader_.fail(seed, "seed", whole ? "must be a whole number, and not in quotes" : "must be a whole number",
                   "0 to 18446744073709551615");
  }

  void read_pipeline() {
    const Node* pipeline = tree_.find("pipeline");
    if (pipeline == nullptr) return missing(tree_, "pipeline", "a mapping from stage names to stages");
    if (!is_stage_mapping(*pipeline, "pipeline")) return;
    for (const NodeEntry& entry : pipeline->entries) {
      const std::string path = "pipeline." + entry.key;
      check_stage_name(entry, path);
      if (entry.value.find("repeat") != nullptr || entry.value.find("stages") != nullptr)
        read_loop(entry, path);
      else
        workflow_.pipeline.push_back({.stage = read_stage(entry, path), .loop = std::nullopt});
    }
  }

  bool is_stage_mapping(const Node& node, const std::string& path) {
    if (node.is_mapping() && !node.entries.empty()) return true;
    if (node.is_mapping())
      reader_.error({.location = node.location, .path = path, .message = "has no stages"});
    else
      reader_.fail(node, path, "must be a mapping from stage names to stages");
    return false;
  }

  void check_stage_name(const NodeEntry& entry, const std::string& path) {
    if (!is_stage_name(entry.key))
      reader_.error({.location = entry.key_location,
                     .path = path,
                     .message = "is not a name for a stage",
                     .allowed = std::string(stage_name_rule),
                     .suggestion = as_stage_name(entry.key)});
    const auto [first, added] = stage_names_.try_emplace(entry.key, entry.key_location);
    if (!added)
      reader_.error({.location = entry.key_location,
                     .path = path,
                     .message = "this stage name is taken",
                     .given = "first at " + first->second.text()});
  }

  /// Without `stage` where something in it is wrong: others may still refer to its name.
  StageSpec read_stage(const NodeEntry& entry, const std::string& path) {
    StageSpec spec{.name = entry.key, .location = entry.key_location};
    spec.stage = reader_.stage(entry.key, entry.value, path, spec.references);
    return spec;
  }

  void read_loop(const NodeEntry& entry, const std::string& path) {
    LoopSpec loop{.name = entry.key, .location = entry.key_location};
    for (const NodeEntry& inner : entry.value.entries) unknown_unless(inner, path, {"repeat", "stages"});
    if (const Node* repeat = entry.value.find("repeat"))
      read_repeat(*repeat, path + ".repeat", loop);
    else
      missing(entry.value, path + ".repeat", "{at_most: N, until: {type: ...}}");
    const Node* stages = entry.value.find("stages");
    if (stages == nullptr) {
      missing(entry.value, path + ".stages", "a mapping from stage names to stages");
    } else if (is_stage_mapping(*stages, path + ".stages")) {
      for (const NodeEntry& stage : stages->entries) {
        const std::string stage_path = path + ".stages." + stage.key;
        check_stage_name(stage, stage_path);
        if (stage.value.find("repeat") != nullptr)
          refuse_inner_loop(stage, stage_path, loop);
        else
          loop.stages.push_back(read_stage(stage, stage_path));
      }
    }
    workflow_.pipeline.push_back({.stage = std::nullopt, .loop = std::move(loop)});
  }

  void refuse_inner_loop(const NodeEntry& entry, const std::string& path, LoopSpec& loop) {
    reader_.error({.location = entry.key_location, .path = path, .message = "a loop cannot stand inside a loop"});
    const Node* inner = entry.value.find("stages");
    if (inner == nullptr) return;
    for (const NodeEntry& stage : inner->entries)
      loop.stages.push_back({.name = stage.key, .location = stage.key_location});
  }

  void read_repeat(const Node& repeat, const std::string& path, LoopSpec& loop) {
    if (!repeat.is_mapping())
      return reader_.fail(repeat, path, "must be a mapping", "{at_most: N, until: {type: ...}}");
    for (const NodeEntry& inner : repeat.entries) unknown_unless(inner, path, {"at_most", "until"});
    Parameter at_most;
    at_most.key = "at_most";
    at_most.kind = ValueKind::integer;
    at_most.attributes = at_least(1);
    if (const Node* node = repeat.find("at_most"))
      (void)read_scalar(*node, loop.at_most, ReadContext{at_most, path + ".at_most", reader_});
    else
      missing(repeat, path + ".at_most", at_most.type_text());
    if (const Node* until = repeat.find("until")) loop.until = reader_.component("stop_rule", *until, path + ".until");
  }

  void unknown_unless(const NodeEntry& entry, const std::string& path, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) return;
    reader_.error({.location = entry.key_location,
                   .path = path + "." + entry.key,
                   .message = "unknown key",
                   .allowed = join_or(known),
                   .suggestion = nearest(entry.key, known)});
  }

  const Node& tree_;
  const Registry& registry_;
  std::vector<FamilyInfo> families_;
  ComponentReader reader_;
  Workflow workflow_;
  Node plugins_;
  std::map<std::string, Location> stage_names_;
};

}  // namespace

void read_tree(const Node& tree, const Registry& registry, InputFiles& inputs, WorkflowReading& reading) {
  TreeReader(tree, registry, inputs).read(reading);
}

}  // namespace liftwell
