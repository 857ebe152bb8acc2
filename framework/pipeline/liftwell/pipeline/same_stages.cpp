// SPDX-License-Identifier: MIT
#include "liftwell/pipeline/same_stages.hpp"

#include <algorithm>
#include <map>

#include "liftwell/config/input_files.hpp"
#include "liftwell/pipeline/graph.hpp"
#include "liftwell/registry/declaration.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

/// A workflow's stages by name, and in which loop each of them is.
class Stages {
 public:
  Stages(const Workflow& workflow, fs::path folder) : folder_(std::move(folder)) {
    for (const PipelineItem& item : workflow.pipeline) {
      if (item.stage) places_[item.stage->name] = {&*item.stage, nullptr};
      if (!item.loop) continue;
      for (const StageSpec& stage : item.loop->stages) places_[stage.name] = {&stage, &*item.loop};
    }
  }

  struct Place {
    const StageSpec* spec = nullptr;
    const LoopSpec* loop = nullptr;  ///< null outside
  };
  [[nodiscard]] Place find(const std::string& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? Place{} : found->second;
  }

  /// All options of a component and of those it is made of, with the contents of files in the place of their names.
  [[nodiscard]] std::string text(const Configured& configured) const {
    std::string out = configured.declaration->name + "\n";
    add(configured.resolved, out);
    return out;
  }

 private:
  void add(const Node& node, std::string& out) const {
    if (!node.stands_for.empty()) out += "(" + node.stands_for + ")";
    if (node.is_scalar()) out += is_file(node.text) ? sha256_of(folder_ / node.text) : node.text;
    for (const Node& item : node.items) {
      out += "\n- ";
      add(item, out);
    }
    for (const NodeEntry& entry : node.entries) {
      out += "\n" + entry.key + ": ";
      add(entry.value, out);
    }
    out += ";";
  }

  [[nodiscard]] bool is_file(const std::string& text) const {
    return text.starts_with(std::string(inputs_folder) + "/") && fs::is_regular_file(folder_ / text);
  }

  fs::path folder_;
  std::map<std::string, Place> places_;
};

/// The contents of the plug-ins, which a run folder holds copies of.
std::multiset<std::string> plugins_of(const Workflow& workflow, const fs::path& folder) {
  std::multiset<std::string> out;
  const Node* plugins = workflow.resolved.find("plugins");
  if (plugins == nullptr) return out;
  for (const Node& plugin : plugins->items)
    out.insert(fs::is_regular_file(folder / plugin.text) ? sha256_of(folder / plugin.text) : plugin.text);
  return out;
}

class Comparison {
 public:
  Comparison(const Workflow& workflow, const fs::path& folder, const Workflow& earlier, const fs::path& earlier_folder)
      : now_(workflow, folder), before_(earlier, earlier_folder) {}

  bool same(const std::string& name) {
    const auto known = known_.find(name);
    if (known != known_.end()) return known->second;
    const auto now = now_.find(name), before = before_.find(name);
    const bool both = now.spec != nullptr && before.spec != nullptr;
    const bool out = both && (now.loop == nullptr) == (before.loop == nullptr) &&
                     (now.loop == nullptr ? same_outside(*now.spec, *before.spec) : same_loop(*now.loop, *before.loop));
    return known_[name] = out;
  }

 private:
  [[nodiscard]] bool same_options(const Configured& now, const Configured& before) const {
    return now_.text(now) == before_.text(before);
  }

  bool same_outside(const StageSpec& now, const StageSpec& before) {
    return same_options(*now.stage, *before.stage) &&
           std::all_of(now.references.begin(), now.references.end(),
                       [&](const StageReference& reference) { return same(reference.stage); });
  }

  bool same_loop(const LoopSpec& now, const LoopSpec& before) {
    if (now.at_most != before.at_most || now.stages.size() != before.stages.size()) return false;
    if ((now.until == nullptr) != (before.until == nullptr)) return false;
    if (now.until != nullptr && !same_options(*now.until, *before.until)) return false;
    for (std::size_t s = 0; s < now.stages.size(); ++s) {
      if (now.stages[s].name != before.stages[s].name) return false;
      if (!same_options(*now.stages[s].stage, *before.stages[s].stage)) return false;
      for (const StageReference& reference : now.stages[s].references)
        if (now_.find(reference.stage).loop != &now && !same(reference.stage)) return false;
    }
    return true;
  }

  Stages now_, before_;
  std::map<std::string, bool> known_;
};

}  // namespace

std::set<std::string> same_stages(const Workflow& workflow, const fs::path& folder, const Workflow& earlier,
                                  const fs::path& earlier_folder) {
  std::set<std::string> out;
  if (workflow.seed != earlier.seed || workflow.physical_units != earlier.physical_units) return out;
  if (plugins_of(workflow, folder) != plugins_of(earlier, earlier_folder)) return out;
  Comparison comparison(workflow, folder, earlier, earlier_folder);
  for (const std::string& stage : stage_names(workflow))
    if (comparison.same(stage)) out.insert(stage);
  return out;
}

}  // namespace liftwell
