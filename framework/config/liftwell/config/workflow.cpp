// SPDX-License-Identifier: MIT
#include "liftwell/config/workflow.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "liftwell/config/component_reader.hpp"
#include "liftwell/config/input_files.hpp"
#include "liftwell/config/merge.hpp"
#include "liftwell/config/merged_workflow.hpp"
#include "liftwell/config/overrides.hpp"
#include "liftwell/config/variables.hpp"
#include "liftwell/config/yaml_reader.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;

using LoadPlugins = void (*)(const fs::path& file, const Node& tree, std::vector<fs::path>& plugins,
                             Diagnostics& errors);

/// The file laid on its bases. `files` lists what was read, the file itself first.
std::optional<Node> read_with_bases(const fs::path& file, const Location& from, std::vector<fs::path>& files,
                                    Diagnostics& errors) {
  if (std::find(files.begin(), files.end(), file) != files.end()) {
    errors.push_back({.location = from, .path = "extends", .message = "goes in a circle", .given = file.string()});
    return std::nullopt;
  }
  std::error_code status;
  if (!files.empty() && !fs::exists(file, status)) {
    errors.push_back({.location = from, .path = "extends", .message = "there is no such file", .given = file.string()});
    return std::nullopt;
  }
  files.push_back(file);
  std::optional<Node> tree = read_yaml_file(file, errors);
  if (!tree) return std::nullopt;
  if (!tree->is_mapping()) {
    errors.push_back({.location = tree->location,
                      .message = "a workflow must be a mapping of keys to values",
                      .given = tree->describe()});
    return std::nullopt;
  }
  const Node* base = tree->find("extends");
  if (base == nullptr) return tree;
  if (!base->is_scalar() || base->text.empty() || base->text.find("${") != std::string::npos) {
    errors.push_back({.location = base->location,
                      .path = "extends",
                      .message = "must be the name of a file, beside this one or with a path from here",
                      .given = base->describe()});
    return std::nullopt;
  }
  const fs::path base_file = (file.parent_path() / base->text).lexically_normal();
  std::optional<Node> under = read_with_bases(base_file, base->location, files, errors);
  if (!under) return std::nullopt;
  std::erase_if(tree->entries, [](const NodeEntry& entry) { return entry.key == "extends"; });
  return merged(*under, *tree);
}

/// A plug-in is looked for beside the file that names it, then in `inputs/`, where a run keeps copies.
fs::path find_plugin(const fs::path& file, const std::string& given) {
  const fs::path folder = file.parent_path();
  const fs::path beside = (folder / given).lexically_normal();
  const fs::path kept = folder / inputs_folder / fs::path(given).filename();
  std::error_code status;
  return !fs::exists(beside, status) && fs::exists(kept, status) ? kept : beside;
}

void load_plugins(const fs::path& file, const Node& tree, std::vector<fs::path>& plugins, Diagnostics& errors) {
  const Node* list = tree.find("plugins");
  if (list == nullptr || list->kind == Node::Kind::null) return;
  std::vector<Node> named = list->items;
  if (!list->is_sequence()) named = {*list};
  for (const Node& plugin : named) {
    if (!plugin.is_scalar()) {
      errors.push_back({.location = plugin.location,
                        .path = "plugins",
                        .message = "must be the path of a shared library, or a list of them",
                        .given = plugin.describe()});
      continue;
    }
    // The path is from the file that names the plug-in, which may be a base.
    const fs::path origin = plugin.location.line > 0 ? fs::path(plugin.location.source) : file;
    const fs::path library = find_plugin(origin, plugin.text);
    try {
      load_plugin(library.string());
      plugins.push_back(library);
    } catch (const Error& problem) {
      errors.push_back({.location = plugin.location, .path = "plugins", .message = problem.what()});
    }
  }
}

/// Whether an override is about the keys that say which plug-ins there are.
bool decides_plugins(const Override& override) {
  const std::string key = override.path.substr(0, override.path.find_first_of(".["));
  return key == "plugins" || key == "variables";
}

/// Loads what `plugins:` names, before anything is asked of the registry. Of the tree, only the
/// variables in that list have to be settled for it; what is wrong with them is found again later.
void load_named_plugins(const fs::path& file, const Node& tree, LoadPlugins load, std::vector<fs::path>& plugins,
                        Diagnostics& errors) {
  Node head(Node::Kind::mapping, tree.location);
  for (const NodeEntry& entry : tree.entries)
    if (entry.key == "plugins" || entry.key == "variables") head.entries.push_back(entry);
  Diagnostics found, ignored;
  substitute_variables(head, found, ignored);
  const std::size_t count = found.size();
  load(file, head, plugins, found);
  drop_consequences(found, count);
  errors.insert(errors.end(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end());
}

WorkflowReading read_from(const fs::path& file, const std::vector<Override>& overrides, const Registry& registry,
                          LoadPlugins load) {
  WorkflowReading reading;
  WorkflowSources sources;
  std::optional<Node> tree = read_with_bases(file, {}, sources.texts, reading.errors);
  if (tree) {
    const Node as_written = *tree;
    const auto apply = [&](bool first_part) {
      for (const Override& override : overrides)
        if (decides_plugins(override) == first_part) apply_override(*tree, override, registry, reading.errors);
    };
    apply(true);
    if (load != nullptr) load_named_plugins(file, *tree, load, sources.plugins, reading.errors);
    apply(false);  // may be about components and families that only plug-ins bring
    read_merged(*tree, sources, registry, reading);
    // The plug-ins of a prepared sweep are its points' too: loaded from their copies, they would be loaded twice.
    const auto read_point = [&](const fs::path& point) { return read_from(point, {}, registry, nullptr); };
    if (tree->find("sweep") != nullptr)
      read_sweep(*tree, as_written, sources, overrides, registry, read_point, reading);
  }
  std::vector<fs::path> files = sources.texts;
  files.insert(files.end(), sources.plugins.begin(), sources.plugins.end());
  tidy(reading.errors, files);
  tidy(reading.warnings, files);
  if (!reading.errors.empty() && reading.workflow) {
    reading.partial = std::move(reading.workflow);
    reading.partial->sweep.reset();
    reading.workflow.reset();
  }
  if (reading.partial) reading.partial->files = files;
  return reading;
}

}  // namespace

WorkflowReading read_workflow(const fs::path& file, const std::vector<Override>& overrides) {
  return read_from(file, overrides, Registry::global(), &load_plugins);
}

WorkflowReading read_workflow(const fs::path& file, const std::vector<Override>& overrides, const Registry& registry) {
  return read_from(file, overrides, registry, nullptr);
}

void tidy(Diagnostics& findings, const std::vector<fs::path>& files) {
  const auto order = [&](const Diagnostic& finding) {
    const auto place = std::find(files.begin(), files.end(), fs::path(finding.location.source));
    return std::tuple(place - files.begin(), finding.location.line, finding.location.column);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); });
  Diagnostics kept;
  std::set<std::string> texts;
  for (Diagnostic& finding : findings)
    if (texts.insert(finding.text()).second) kept.push_back(std::move(finding));
  findings = std::move(kept);
}

std::shared_ptr<const Configured> configure(const std::string& family, const std::string& yaml,
                                            const Registry& registry, bool physical_units, const fs::path& folder) {
  Diagnostics errors;
  const std::optional<Node> node = read_yaml(yaml, "resolved " + family, errors);
  std::shared_ptr<const Configured> configured;
  if (node && errors.empty()) {
    InputFiles inputs(folder);
    ComponentReader reader(registry, physical_units, inputs);
    std::vector<StageReference> references;
    configured =
        family == "stage" ? reader.stage("stage", *node, "", references) : reader.component(family, *node, family);
    errors = reader.errors();
  }
  if (!errors.empty()) throw InputError(std::move(errors));
  return configured;
}

std::shared_ptr<const Configured> configure(const std::string& family, const std::string& yaml, bool physical_units,
                                            const fs::path& folder) {
  return configure(family, yaml, Registry::global(), physical_units, folder);
}

}  // namespace liftwell
