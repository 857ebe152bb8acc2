// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "liftwell/config/component_reader.hpp"
#include "liftwell/config/input_files.hpp"
#include "liftwell/config/merged_workflow.hpp"
#include "liftwell/config/names.hpp"
#include "liftwell/config/sweep.hpp"
#include "liftwell/config/sweep_plan.hpp"
#include "liftwell/config/variables.hpp"

namespace liftwell {
namespace {

constexpr std::size_t most_points = 10000;
constexpr std::size_t longest_point_name = 200;  // file systems take 255 bytes

class SweepReader {
 public:
  SweepReader(const Node& tree, const WorkflowSources& sources, const Registry& registry,
              const ReadWorkflowFile& read_file, WorkflowReading& reading)
      : tree_(tree),
        block_(*tree.find("sweep")),
        sources_(sources),
        registry_(registry),
        read_file_(read_file),
        reading_(reading) {}

  void read(const Node& as_written, const std::vector<Override>& overrides) {
    if (!block_.is_mapping())
      return error(block_.location, "sweep", "must be a mapping", "{over: {...}, aggregate: [...]}");
    check_keys();
    choose_by_name(as_written);
    const Node substituted = with_values(tree_);
    kept_in_ = substituted.find("sweep")->find("points_in");
    axes_ = plan_axes(tree_, substituted, kept_in_ != nullptr, registry_, reading_.errors);
    check_overrides(axes_, overrides, reading_.errors);
    sweep_.prepared = kept_in_ != nullptr;
    sweep_.axes = outlines(axes_);
    sweep_.written_axes = axes_of(as_written);
    read_aggregates(substituted.find("sweep")->find("aggregate"));
    if (axes_.empty() || !count_fits()) return;
    read_points();
    if (!reading_.workflow || !reading_.errors.empty()) return;
    resolve(*reading_.workflow);
    reading_.workflow->sweep = std::make_shared<const Sweep>(std::move(sweep_));
  }

 private:
  void error(const Location& location, const std::string& path, std::string message, std::string allowed = {},
             std::string suggestion = {}) {
    reading_.errors.push_back({.location = location,
                               .path = path,
                               .message = std::move(message),
                               .allowed = std::move(allowed),
                               .suggestion = std::move(suggestion)});
  }

  /// `--set sweep.over.policy=[a, b]` chooses among the named values that the file has.
  void choose_by_name(const Node& as_written) {
    const Node* written_block = as_written.find("sweep");
    const Node* written = written_block == nullptr ? nullptr : written_block->find("over");
    Node* over = tree_.find("sweep")->find("over");
    if (written == nullptr || over == nullptr) return;
    for (NodeEntry& axis : over->entries) {
      const Node* named = written->find(axis.key);
      if (named == nullptr || !named->is_mapping() || is_range(*named) || !axis.value.is_sequence()) continue;
      Node chosen(Node::Kind::mapping, axis.value.location);
      for (const Node& item : axis.value.items) {
        const Node* value = item.is_scalar() ? named->find(item.text) : nullptr;
        if (value == nullptr) {
          error(item.location, "sweep.over." + axis.key, "has no value of this name", join_or(keys_of(*named)),
                item.is_scalar() ? nearest(item.text, keys_of(*named)) : "");
          continue;
        }
        chosen.entries.push_back({item.text, item.location, *value});
      }
      axis.value = chosen.entries.empty() ? *named : std::move(chosen);
    }
  }

  /// The tree with its variables replaced, for what the block itself says: findings about variables are those of the
  /// workflow already.
  static Node with_values(const Node& tree) {
    Node substituted = tree;
    Diagnostics ignored;
    substitute_variables(substituted, ignored, ignored);
    return substituted;
  }

  static std::vector<SweepAxis> outlines(const std::vector<PlannedAxis>& axes) {
    std::vector<SweepAxis> out;
    for (const PlannedAxis& axis : axes) {
      out.push_back({axis.name, {}});
      for (const PlannedValue& value : axis.values) out.back().values.push_back(value.label);
    }
    return out;
  }

  [[nodiscard]] std::vector<SweepAxis> axes_of(const Node& tree) const {
    const Node* block = tree.find("sweep");
    if (block == nullptr || !block->is_mapping()) return {};
    Diagnostics ignored;  // of what the command line put something else for
    return outlines(plan_axes(tree, with_values(tree), kept_in_ != nullptr, registry_, ignored));
  }

  void check_keys() {
    const std::vector<std::string> known{"over", "aggregate", "points_in"};
    for (const NodeEntry& entry : block_.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        error(entry.key_location, "sweep." + entry.key, "unknown key", "over or aggregate",
              nearest(entry.key, {"over", "aggregate"}));
  }

  void read_aggregates(const Node* list) {
    if (list == nullptr || list->kind == Node::Kind::null) return;
    const bool physical = reading_.workflow && reading_.workflow->physical_units;
    InputFiles inputs;
    ComponentReader reader(registry_, physical, inputs);
    const std::vector<Node> items = list->is_sequence() ? list->items : std::vector<Node>{*list};
    std::set<std::string> names;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string path = list->is_sequence() ? "sweep.aggregate[" + std::to_string(i) + "]" : "sweep.aggregate";
      auto aggregate = reader.component("aggregate", items[i], path);
      if (aggregate == nullptr) continue;
      if (!names.insert(aggregate->name).second)
        error(items[i].location, path, "has the name of another aggregate, '" + aggregate->name + "'",
              "a name of its own: {name: NAME, ...}");
      sweep_.aggregates.push_back(std::move(aggregate));
    }
    reading_.errors.insert(reading_.errors.end(), reader.errors().begin(), reader.errors().end());
    reading_.warnings.insert(reading_.warnings.end(), reader.warnings().begin(), reader.warnings().end());
  }

  [[nodiscard]] std::size_t count() const {
    std::size_t points = 1;
    for (const PlannedAxis& axis : axes_) points = std::min(points * axis.values.size(), most_points + 1);
    return points;
  }

  bool count_fits() {
    if (count() <= most_points) return true;
    error(block_.location, "sweep.over", "has more than " + std::to_string(most_points) + " points");
    return false;
  }

  void read_points() {
    PointFindings errors(reading_.errors);
    PointFindings warnings(reading_.warnings);
    Diagnostics unused = reading_.warnings;  // what no point uses either
    for (std::size_t number = 0; number < count(); ++number) {
      SweepPoint point;
      std::vector<const PlannedValue*> values;
      std::size_t rest = number;
      for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
        values.insert(values.begin(), &axis->values[rest % axis->values.size()]);
        rest /= axis->values.size();
      }
      for (std::size_t a = 0; a < axes_.size(); ++a) {
        point.name += (a > 0 ? "," : "") + part_of_point_name(axes_[a].name, values[a]->label);
        point.values.push_back(values[a]->label);
      }
      if (point.name.size() > longest_point_name) {
        error(block_.location, "sweep.over", "makes a point whose name is too long for a folder, '" + point.name + "'",
              "at most " + std::to_string(longest_point_name) + " characters; give long values names");
        return;
      }
      WorkflowReading reading = read_point(point.name, values);
      errors.add(point.name, reading.errors);
      const auto is_unused = [](const Diagnostic& finding) { return finding.message == never_used; };
      std::erase_if(unused, [&](const Diagnostic& w) { return is_unused(w) && !contains(reading.warnings, w); });
      std::erase_if(reading.warnings, is_unused);
      warnings.add(point.name, reading.warnings);
      if (reading.workflow) point.workflow = std::make_shared<const Workflow>(std::move(*reading.workflow));
      sweep_.points.push_back(std::move(point));
    }
    const Diagnostics in_points = warnings.merged();
    reading_.warnings = std::move(unused);
    reading_.warnings.insert(reading_.warnings.end(), in_points.begin(), in_points.end());
    const Diagnostics wrong = errors.merged();
    reading_.errors.insert(reading_.errors.end(), wrong.begin(), wrong.end());
  }

  [[nodiscard]] static bool contains(const Diagnostics& findings, const Diagnostic& wanted) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Diagnostic& finding) { return finding.text() == wanted.text(); });
  }

  WorkflowReading read_point(const std::string& name, const std::vector<const PlannedValue*>& values) const {
    if (kept_in_ != nullptr)
      return read_file_(sources_.texts.front().parent_path() / kept_in_->text / name / "resolved.yaml");
    WorkflowReading reading;
    Node tree = tree_;
    std::erase_if(tree.entries, [](const NodeEntry& entry) { return entry.key == "sweep"; });
    for (const PlannedValue* value : values)
      for (const Assignment& set : value->sets) apply_assignment(tree, set, registry_, reading.errors);
    read_merged(std::move(tree), sources_, registry_, reading);
    return reading;
  }

  /// The sweep as a run keeps it: its points have folders of their own, where their workflows are.
  void resolve(Workflow& workflow) const {
    const auto text = [](const std::string& value) {
      Node node = Node::scalar(value);
      node.quoted = true;
      return node;
    };
    Node over(Node::Kind::mapping);
    for (const SweepAxis& axis : sweep_.axes) {
      Node values(Node::Kind::sequence);
      for (const std::string& value : axis.values) values.items.push_back(text(value));
      over.entries.push_back({axis.name, {}, std::move(values)});
    }
    Node aggregates(Node::Kind::sequence);
    for (const auto& aggregate : sweep_.aggregates) aggregates.items.push_back(aggregate->resolved);
    Node sweep(Node::Kind::mapping);
    sweep.entries.push_back({"over", {}, std::move(over)});
    if (!aggregates.items.empty()) sweep.entries.push_back({"aggregate", {}, std::move(aggregates)});
    sweep.entries.push_back({"points_in", {}, text(points_folder)});
    workflow.resolved.entries.push_back({"sweep", {}, std::move(sweep)});
  }

  Node tree_;
  const Node& block_;
  const WorkflowSources& sources_;
  const Registry& registry_;
  const ReadWorkflowFile& read_file_;
  WorkflowReading& reading_;
  std::vector<PlannedAxis> axes_;
  const Node* kept_in_ = nullptr;
  Sweep sweep_;
};

}  // namespace

PointFindings::PointFindings(const Diagnostics& of_all) : of_all_(of_all) {}

void PointFindings::add(const std::string& point, const Diagnostics& findings) {
  for (const Diagnostic& finding : findings) {
    const std::string text = finding.text();
    const auto same = [&](const Diagnostic& other) { return other.text() == text; };
    if (std::any_of(of_all_.begin(), of_all_.end(), same)) continue;
    const auto [place, added] = known_.try_emplace(text, entries_.size());
    if (added) entries_.push_back({finding, point, 0});
    ++entries_[place->second].points;
  }
}

Diagnostics PointFindings::merged() const {
  Diagnostics out;
  for (const Entry& entry : entries_) {
    out.push_back(entry.finding);
    out.back().where = "in the point " + entry.first_point;
    if (entry.points > 1) out.back().where += " and " + std::to_string(entry.points - 1) + " more";
  }
  return out;
}

void read_sweep(const Node& tree, const Node& as_written, const WorkflowSources& sources,
                const std::vector<Override>& overrides, const Registry& registry, const ReadWorkflowFile& read_file,
                WorkflowReading& reading) {
  SweepReader(tree, sources, registry, read_file, reading).read(as_written, overrides);
}

}  // namespace liftwell
