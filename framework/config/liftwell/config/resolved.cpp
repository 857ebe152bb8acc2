// SPDX-License-Identifier: MIT
#include "liftwell/config/resolved.hpp"

namespace liftwell {
namespace {

Node mapping() { return Node(Node::Kind::mapping); }

Node text(const std::string& value) {
  Node node = Node::scalar(value);
  node.quoted = true;
  return node;
}

void put(Node& parent, std::string key, Node value) {
  parent.entries.push_back({std::move(key), {}, std::move(value)});
}

/// Replaces components by the names they were given by, and writes a plain `${` so that it stays one.
void use_names(Node& node, bool root = true) {
  if (!root && !node.stands_for.empty()) {
    node = Node::scalar(node.stands_for);
    return;
  }
  for (std::size_t at = node.text.find("${"); at != std::string::npos; at = node.text.find("${", at + 3))
    node.text.insert(at, "$");
  for (Node& item : node.items) use_names(item, false);
  for (NodeEntry& entry : node.entries) use_names(entry.value, false);
}

Node with_names(Node node) {
  use_names(node);
  return node;
}

Node section(const std::map<std::string, std::shared_ptr<const Configured>>& named) {
  Node out = mapping();
  for (const auto& [name, configured] : named) {
    Node component = with_names(configured->resolved);
    // The key says the name already.
    if (component.find("name") != nullptr && component.find("name")->text == name && !component.find("name")->quoted)
      std::erase_if(component.entries, [](const NodeEntry& entry) { return entry.key == "name"; });
    put(out, name, std::move(component));
  }
  return out;
}

Node loop(const LoopSpec& spec) {
  Node repeat = mapping();
  put(repeat, "at_most", Node::scalar(std::to_string(spec.at_most)));
  if (spec.until) {
    Node until = spec.until->resolved;
    use_names(until, false);
    put(repeat, "until", std::move(until));
  }
  Node stages = mapping();
  for (const StageSpec& stage : spec.stages) put(stages, stage.name, with_names(stage.stage->resolved));
  Node out = mapping();
  put(out, "repeat", std::move(repeat));
  put(out, "stages", std::move(stages));
  return out;
}

}  // namespace

Node resolved_workflow(const Workflow& workflow, const Node& plugins, const Registry& registry) {
  Node out = mapping();
  put(out, "name", text(workflow.name));
  if (!workflow.description.empty()) put(out, "description", with_names(text(workflow.description)));
  put(out, "seed", Node::scalar(std::to_string(workflow.seed)));
  put(out, "units", Node::scalar(workflow.physical_units ? "molecular" : "reduced"));
  if (!plugins.items.empty()) put(out, "plugins", with_names(plugins));
  for (const FamilyInfo& family : registry.families()) {
    const auto named = workflow.named.find(family.name);
    if (named != workflow.named.end() && !named->second.empty()) put(out, family.section, section(named->second));
  }
  Node pipeline = mapping();
  for (const PipelineItem& item : workflow.pipeline) {
    if (item.stage)
      put(pipeline, item.stage->name, with_names(item.stage->stage->resolved));
    else
      put(pipeline, item.loop->name, loop(*item.loop));
  }
  put(out, "pipeline", std::move(pipeline));
  return out;
}

}  // namespace liftwell
