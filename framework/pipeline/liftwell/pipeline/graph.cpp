// SPDX-License-Identifier: MIT
#include "liftwell/pipeline/graph.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "liftwell/config/merged_workflow.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/families/aggregate.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "liftwell/families/difference.hpp"
#include "liftwell/families/stop_rule.hpp"
#include "liftwell/pipeline/stage.hpp"

namespace liftwell {
namespace {

/// "" of a stage that could not be read.
std::string artifact_of(const GraphNode& node) {
  return node.spec->stage != nullptr ? node.spec->stage->declaration->artifact : "";
}

std::vector<std::string> stage_names(const PipelineGraph& graph) {
  std::vector<std::string> names;
  for (const GraphNode& node : graph.nodes) names.push_back(node.spec->name);
  return names;
}

Diagnostic finding(const StageReference& reference, std::string message, std::string allowed = {},
                   std::string suggestion = {}) {
  return {.location = reference.location,
          .path = reference.path,
          .message = std::move(message),
          .given = "'" + reference.text() + "'",
          .allowed = std::move(allowed),
          .suggestion = std::move(suggestion)};
}

/// The stages that lead from `from` back to `target` along plain references, or empty.
std::vector<std::string> path_back(const PipelineGraph& graph, std::size_t from, std::size_t target,
                                   std::vector<bool>& seen) {
  const StageSpec& spec = *graph.nodes[from].spec;
  if (from == target) return {spec.name};
  seen[from] = true;
  for (const StageReference& reference : spec.references) {
    const auto next = graph.find(reference.stage);
    if (next < 0 || reference.which != StageReference::Which::here || seen[static_cast<std::size_t>(next)]) continue;
    auto rest = path_back(graph, static_cast<std::size_t>(next), target, seen);
    if (rest.empty()) continue;
    rest.insert(rest.begin(), spec.name);
    return rest;
  }
  return {};
}

std::string order_fault(const PipelineGraph& graph, std::size_t reader, std::size_t source) {
  if (reader == source) return "is the stage itself; use @previous for its output of the cycle before";
  std::vector<bool> seen(graph.nodes.size());
  const auto chain = path_back(graph, source, reader, seen);
  if (!chain.empty())
    return fmt::format("closes a circle: {} -> {}", graph.nodes[reader].spec->name, fmt::join(chain, " -> "));
  return "comes later in the pipeline; move it up, or use @previous inside a loop";
}

void check_reference(PipelineGraph& graph, std::size_t reader, const StageReference& reference, Diagnostics& errors) {
  using Which = StageReference::Which;
  const auto found = graph.find(reference.stage);
  if (found < 0) {
    const auto names = stage_names(graph);
    errors.push_back(finding(reference, "there is no such stage", join_or(names), nearest(reference.stage, names)));
    return;
  }
  const auto source = static_cast<std::size_t>(found);
  GraphNode& node = graph.nodes[reader];
  const GraphNode& other = graph.nodes[source];
  if (const std::string given = artifact_of(other); !given.empty() && given != reference.artifact_type) {
    std::vector<std::string> fitting;
    for (const GraphNode& n : graph.nodes)
      if (&n != &node && artifact_of(n) == reference.artifact_type) fitting.push_back(n.spec->name);
    errors.push_back(finding(
        reference,
        fmt::format("is a stage whose output is of type '{}' where '{}' is wanted", given, reference.artifact_type),
        fitting.empty() ? "a stage that this pipeline does not have" : join_or(fitting)));
    return;
  }
  if (reference.which == Which::previous && (node.loop < 0 || node.loop != other.loop)) {
    errors.push_back(finding(reference, "@previous makes sense only between stages of one loop"));
    return;
  }
  const bool earlier = source < reader;
  if (reference.which == Which::here && !earlier) {
    errors.push_back(finding(reference, order_fault(graph, reader, source)));
    return;
  }
  if (reference.which == Which::all && !earlier && (node.loop < 0 || node.loop != other.loop)) {
    errors.push_back(finding(reference, order_fault(graph, reader, source)));
    return;
  }
  if (reference.which != Which::previous && earlier && node.loop == other.loop) node.after.push_back(source);
}

/// Collects one stage's findings in the dry run, at the key they belong to.
class DryRun final : public CheckContext {
 public:
  DryRun(const StageSpec& spec, const std::map<std::string, Shape>& known, Diagnostics* errors)
      : spec_(spec), known_(known), errors_(errors) {}

  [[nodiscard]] std::vector<Shape> shapes(const std::vector<StageReference>& references) const override {
    std::vector<Shape> out;
    for (const StageReference& reference : references)
      if (const auto found = known_.find(reference.stage); found != known_.end()) out.push_back(found->second);
    return out;
  }

  void error(const std::string& key, std::string message, std::string allowed) override {
    if (errors_ == nullptr) return;
    Diagnostic diagnostic{.location = spec_.location,
                          .path = spec_.stage->path + (key.empty() ? "" : "." + key),
                          .message = std::move(message),
                          .given = "",
                          .allowed = std::move(allowed),
                          .suggestion = ""};
    if (const auto at = spec_.stage->key_locations.find(key); at != spec_.stage->key_locations.end())
      diagnostic.location = at->second;
    errors_->push_back(std::move(diagnostic));
  }

 private:
  const StageSpec& spec_;
  const std::map<std::string, Shape>& known_;
  Diagnostics* errors_;
};

/// Stages that could not be read, and those that depend on them by way of others: nothing sure is known of what they
/// write, and what does not fit it may fit when the mistake is mended.
std::vector<char> unsure_stages(const PipelineGraph& graph) {
  std::vector<char> unsure;
  for (const GraphNode& node : graph.nodes) unsure.push_back(node.spec->stage == nullptr || node.dangling ? 1 : 0);
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < unsure.size(); ++i)
      for (const StageReference& reference : graph.nodes[i].spec->references)
        if (const auto source = graph.find(reference.stage);
            unsure[i] == 0 && source >= 0 && unsure[static_cast<std::size_t>(source)] != 0)
          unsure[i] = again = true;
  }
  return unsure;
}

/// One pass over all stages that were read and whose references hold. The first pass only learns shapes, because a loop
/// may refer to stages further down (@previous, @all); the second reports.
void dry_run(const PipelineGraph& graph, std::map<std::string, Shape>& shapes, Diagnostics* errors) {
  const std::vector<char> unsure = unsure_stages(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    if (node.spec->stage == nullptr || node.dangling) continue;
    DryRun context(*node.spec, shapes, errors);
    try {
      Shape shape = build<Stage>(*node.spec->stage)->check(context);
      if (unsure[i] == 0) shapes[node.spec->name] = std::move(shape);
    } catch (const InputError& error) {
      context.error("", error.what(), {});
    }
  }
}

/// The key under which the stage takes components of `family`; "" where it takes none.
std::string key_of(const Configured& stage, const std::string& family) {
  for (const Parameter& parameter : stage.declaration->parameters)
    if (parameter.component_family == family) return parameter.key;
  return {};
}

void add_name(const std::string& name, std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void add_results(const GraphNode& node, SweepOutline& outline) {
  add_name(node.spec->name, outline.stages);
  if (node.spec->stage == nullptr) {
    outline.other_differences = true;
    return;
  }
  const Configured& stage = *node.spec->stage;
  const std::string asked = key_of(stage, Difference::family().name);
  outline.other_differences |= asked.empty() && stage.declaration->artifact == FreeEnergy::type_name;
  if (const Node* differences = stage.resolved.find(asked))
    for (const NodeEntry& entry : differences->entries)
      add_name(node.spec->name, outline.differences[entry.key].stages);
  if (const Node* diagnostics = stage.resolved.find(key_of(stage, ConsistencyCheck::family().name)))
    for (const Node& item : diagnostics->items)
      if (const Node* type = item.find("type")) add_name(type->text, outline.diagnostics[node.spec->name]);
}

/// A result that a rule looks for by its name, in a stage that it may read.
void check_named_result(const GraphNode& node, const NamedResult& wanted, Diagnostics& errors) {
  SweepOutline known;
  add_results(node, known);
  if (wanted.of.artifact_type == FreeEnergy::type_name) {
    if (known.other_differences || known.differences.count(wanted.name) > 0) return;
    std::vector<std::string> names;
    for (const auto& difference : known.differences) names.push_back(difference.first);
    errors.push_back(finding(wanted.of, fmt::format("is not asked for a difference '{}'", wanted.name),
                             names.empty() ? "'differences' of that stage" : join_or(names),
                             nearest(wanted.name, names)));
    return;
  }
  // Values of a diagnostic begin with its type; which values there are is known only once it ran.
  const auto found = known.diagnostics.find(node.spec->name);
  const std::string type = wanted.name.substr(0, wanted.name.find('.'));
  if (found == known.diagnostics.end() || std::count(found->second.begin(), found->second.end(), type) > 0) return;
  if (const std::string meant = nearest(type, found->second); !meant.empty())
    errors.push_back(
        finding(wanted.of, fmt::format("has no diagnostic for '{}'", wanted.name), join_or(found->second), meant));
}

/// A stop rule reads stages of its own loop, each of the type it wants.
void check_stop_rule(const PipelineGraph& graph, int loop, Diagnostics& errors) {
  const auto& until = graph.loops[static_cast<std::size_t>(loop)]->until;
  if (until == nullptr) return;
  const auto rule = build<StopRule>(*until);
  for (const StageReference& reference : rule->of()) {
    const auto found = graph.find(reference.stage);
    const auto names = stage_names(graph);
    if (found < 0) {
      errors.push_back(finding(reference, "there is no such stage", join_or(names), nearest(reference.stage, names)));
      continue;
    }
    const GraphNode& node = graph.nodes[static_cast<std::size_t>(found)];
    const std::string given = artifact_of(node);
    if (node.loop != loop) {
      errors.push_back(
          finding(reference, "is not a stage of this loop, so its output does not change with the cycles"));
    } else if (!given.empty() && given != reference.artifact_type) {
      errors.push_back(finding(reference, fmt::format("is a stage whose output is of type '{}' where '{}' is wanted",
                                                      given, reference.artifact_type)));
    } else if (reference.which != StageReference::Which::here) {
      errors.push_back(finding(reference, "names a cycle, but a rule judges the one that has just ended",
                               "'" + reference.stage + "'"));
    }
  }
  for (const NamedResult& wanted : rule->named()) {
    const auto found = graph.find(wanted.of.stage);
    if (found < 0) continue;
    const GraphNode& node = graph.nodes[static_cast<std::size_t>(found)];
    if (artifact_of(node) == wanted.of.artifact_type) check_named_result(node, wanted, errors);
  }
}

Diagnostics check_stages(const Workflow& workflow) {
  Diagnostics errors;
  const PipelineGraph graph = build_graph(workflow, errors);
  for (std::size_t l = 0; l < graph.loops.size(); ++l) check_stop_rule(graph, static_cast<int>(l), errors);
  std::map<std::string, Shape> shapes;
  dry_run(graph, shapes, nullptr);
  dry_run(graph, shapes, &errors);
  return errors;
}

void add_axis(const SweepAxis& axis, std::vector<SweepAxis>& axes) {
  const auto same = std::find_if(axes.begin(), axes.end(), [&](const SweepAxis& own) { return own.name == axis.name; });
  if (same == axes.end()) return axes.push_back(axis);
  for (const std::string& value : axis.values) add_name(value, same->values);
}

/// What one point has, to what any point has.
void add_outline(const SweepOutline& one, SweepOutline& all) {
  for (const std::string& stage : one.stages) add_name(stage, all.stages);
  all.other_differences |= one.other_differences;
  for (const auto& [name, asked] : one.differences) {
    AskedDifference& known = all.differences[name];
    for (const std::string& stage : asked.stages) add_name(stage, known.stages);
    if (known.in_one_point.size() < asked.stages.size()) known.in_one_point = asked.stages;
  }
  for (const auto& [stage, types] : one.diagnostics)
    for (const std::string& type : types) add_name(type, all.diagnostics[stage]);
}

SweepOutline outline_of(const Workflow& workflow) {
  SweepOutline out{.axes = workflow.sweep->axes};
  for (const SweepAxis& written : workflow.sweep->written_axes) add_axis(written, out.axes);
  const auto add = [&](const Workflow& of) {
    Diagnostics ignored;
    SweepOutline one;
    for (const GraphNode& node : build_graph(of, ignored).nodes) add_results(node, one);
    add_outline(one, out);
  };
  add(workflow);
  for (const SweepPoint& point : workflow.sweep->points)
    if (point.workflow) add(*point.workflow);
  return out;
}

void check_aggregate(const SweepOutline& outline, const Configured& aggregate, Diagnostics& errors) {
  Problems problems;
  build<Aggregate>(aggregate)->check(outline, problems);
  for (const Problems::Problem& problem : problems.all()) {
    const auto at = aggregate.key_locations.find(problem.key);
    errors.push_back({.location = at == aggregate.key_locations.end() ? aggregate.location : at->second,
                      .path = aggregate.path + (problem.key.empty() ? "" : "." + problem.key),
                      .message = problem.message,
                      .given = problem.given,
                      .allowed = problem.allowed,
                      .suggestion = problem.suggestion});
  }
}

/// "policy (5) x kT (2) x seed (20)"
std::string axes_text(const Sweep& sweep) {
  std::string out;
  for (const SweepAxis& axis : sweep.axes)
    out += fmt::format("{}{} ({})", out.empty() ? "" : " x ", axis.name, axis.values.size());
  return out;
}

/// What a sweep adds to the picture: its points, and what is made of them.
std::string sweep_dot(const Workflow& workflow, const PipelineGraph& graph) {
  const Sweep& sweep = *workflow.sweep;
  std::string out = fmt::format("  label=\"sweep of {} points: {}\"; labelloc=t; fontname=\"Helvetica\";\n",
                                sweep.points.size(), axes_text(sweep));
  for (const auto& aggregate : sweep.aggregates)
    out += fmt::format(
        "  \"aggregate {0}\" [label=\"{0}\\n{1} over the points\", shape=note, fillcolor=\"#fdf3dc\"];\n"
        "  \"{2}\" -> \"aggregate {0}\" [style=dashed];\n",
        aggregate->name, aggregate->declaration->name, graph.nodes.back().spec->name);
  return out;
}

}  // namespace

std::ptrdiff_t PipelineGraph::find(const std::string& stage) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].spec->name == stage) return static_cast<std::ptrdiff_t>(i);
  return -1;
}

std::vector<std::string> stage_names(const Workflow& workflow) {
  std::vector<std::string> out;
  for (const PipelineItem& item : workflow.pipeline) {
    if (item.stage) out.push_back(item.stage->name);
    if (!item.loop) continue;
    for (const StageSpec& stage : item.loop->stages) out.push_back(stage.name);
  }
  return out;
}

PipelineGraph build_graph(const Workflow& workflow, Diagnostics& errors) {
  PipelineGraph graph;
  for (const PipelineItem& item : workflow.pipeline) {
    if (item.stage) {
      graph.nodes.push_back({&*item.stage, -1, {}});
      continue;
    }
    const int loop = static_cast<int>(graph.loops.size());
    graph.loops.push_back(&*item.loop);
    for (const StageSpec& stage : item.loop->stages) graph.nodes.push_back({&stage, loop, {}});
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const StageReference& reference : graph.nodes[i].spec->references) {
      const std::size_t count = errors.size();
      check_reference(graph, i, reference, errors);
      graph.nodes[i].dangling |= errors.size() > count;
    }
  return graph;
}

Diagnostics check_pipeline(const Workflow& workflow) {
  Diagnostics errors = check_stages(workflow);
  if (!workflow.sweep) return errors;
  PointFindings points(errors);
  for (const SweepPoint& point : workflow.sweep->points) points.add(point.name, check_stages(*point.workflow));
  const Diagnostics in_points = points.merged();
  errors.insert(errors.end(), in_points.begin(), in_points.end());
  if (workflow.sweep->aggregates.empty() || workflow.sweep->prepared) return errors;
  const SweepOutline outline = outline_of(workflow);
  for (const auto& aggregate : workflow.sweep->aggregates) check_aggregate(outline, *aggregate, errors);
  return errors;
}

void check_pipeline(WorkflowReading& reading) {
  const Workflow* workflow = reading.workflow ? &*reading.workflow : reading.partial ? &*reading.partial : nullptr;
  if (workflow == nullptr) return;
  const std::size_t count = reading.errors.size();
  const Diagnostics found = check_pipeline(*workflow);
  reading.errors.insert(reading.errors.end(), found.begin(), found.end());
  drop_consequences(reading.errors, count);
  tidy(reading.errors, workflow->files);
  if (!reading.errors.empty()) reading.workflow.reset();
}

std::string graph_dot(const Workflow& workflow) {
  Diagnostics ignored;
  const PipelineGraph graph = build_graph(workflow, ignored);
  std::string out = fmt::format(
      "digraph \"{}\" {{\n  rankdir=TB;\n  node [shape=box, style=\"rounded,filled\", fillcolor=\"#eef3fa\", "
      "fontname=\"Helvetica\"];\n  edge [fontname=\"Helvetica\", fontsize=10];\n",
      workflow.name);
  const auto label = [](const GraphNode& node) {
    return fmt::format("    \"{}\" [label=\"{}\\n{} -> {}\"];\n", node.spec->name, node.spec->name,
                       node.spec->stage->declaration->name, node.spec->stage->declaration->artifact);
  };
  for (const GraphNode& node : graph.nodes)
    if (node.loop < 0) out += label(node);
  for (std::size_t l = 0; l < graph.loops.size(); ++l) {
    out += fmt::format("  subgraph cluster_{} {{\n    label=\"{}: at most {} cycles\"; style=\"rounded,dashed\";\n", l,
                       graph.loops[l]->name, graph.loops[l]->at_most);
    for (const GraphNode& node : graph.nodes)
      if (node.loop == static_cast<int>(l)) out += label(node);
    out += "  }\n";
  }
  for (const GraphNode& node : graph.nodes) {
    for (const StageReference& reference : node.spec->references) {
      const bool plain = reference.which == StageReference::Which::here;
      out += fmt::format("  \"{}\" -> \"{}\"{};\n", reference.stage, node.spec->name,
                         plain ? ""
                               : fmt::format(" [style=dashed, constraint=false, label=\"{}\"]",
                                             reference.text().substr(reference.stage.size())));
    }
  }
  if (workflow.sweep) out += sweep_dot(workflow, graph);
  return out + "}\n";
}

}  // namespace liftwell
