// SPDX-License-Identifier: MIT
// Stages whose work a test writes as a function, a stop rule, and workflows made of them. They write
// small artifacts that say which inputs they were given, so that scoping can be read off the disk.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/stop_rule.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "support/scratch_file.hpp"

namespace liftwell::testing {

/// What the stages do besides writing their output, by stage name; whoever sets it clears it.
using Scripts = std::map<std::string, std::function<void(StageContext&)>>;
inline Scripts& scripts() {
  static Scripts by_stage;
  return by_stage;
}

struct ProbeOptions {
  std::int64_t probe = 1;  ///< dimension of the states it pretends to write
  Inputs<Targets> data;
  Input<Targets> one;
};

/// Writes targets; their note says who read what: "windows.2 <- explore.0 windows.1".
class Probe final : public Stage {
 public:
  explicit Probe(ProbeOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    for (const Shape& shape : context.shapes(options_.data.references))
      if (shape.dimension != options_.probe)
        context.error("data", fmt::format("has dimension {} instead of {}", shape.dimension, options_.probe));
    return {options_.probe, {}};
  }

  void run(StageContext& context) const override {
    Targets out{.coarse = {"x"}, .values = Matrix::Constant(1, 1, 0.5)};
    out.note = fmt::format("{}.{} <-", context.stage(), context.cycle());
    const auto read = [&](const Targets& input) { out.note += " " + input.note.substr(0, input.note.find(' ')); };
    for (const auto& input : context.load(options_.data)) read(*input);
    if (const auto input = context.load(options_.one)) read(*input);
    if (const auto script = scripts().find(context.stage()); script != scripts().end()) script->second(context);
    save_artifact(context.folder(), out);
  }

 private:
  ProbeOptions options_;
};

struct MeasureOptions {
  std::string measure = "cycle";
  Inputs<Targets> data;
};

/// Writes the finding `left`, which is 10 less the cycle.
class Measure final : public Stage {
 public:
  explicit Measure(const MeasureOptions&) {}
  [[nodiscard]] Shape check(CheckContext&) const override { return {}; }
  void run(StageContext& context) const override {
    if (const auto script = scripts().find(context.stage()); script != scripts().end()) script->second(context);
    save_artifact(context.folder(), Findings{.values = {{"left", 10.0 - context.cycle()}}});
  }
};

struct LeftOptions {
  double below = 0;
  std::optional<double> fallen_by;
  Input<Findings> of;
};

class LeftBelow final : public StopRule {
 public:
  explicit LeftBelow(LeftOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::vector<StageReference> of() const override { return options_.of.references; }
  [[nodiscard]] StopVerdict judge(const StopEvidences& evidence) const override {
    const StopEvidence& found = evidence.at(options_.of.references.front().stage);
    const double left = found.findings->values.at("left");
    if (!options_.fallen_by || found.previous == nullptr)
      return {left < options_.below, fmt::format("left is {}", left), ""};
    const double before = found.previous->findings->values.at("left");
    return {before - left >= *options_.fallen_by, fmt::format("left is {}, before {}", left, before), ""};
  }

 private:
  LeftOptions options_;
};

inline const Registry& scripted_registry() {
  static const Registry made = [] {
    Registry out;
    out.add(Declaration<Stage, ProbeOptions>("probe", "Writes targets that say what was read.")
                .reference("Textbook: none.")
                .parameter("probe", &ProbeOptions::probe, unit::none, "Dimension of the states.", required())
                .parameter("data", &ProbeOptions::data, unit::none, "Any number of inputs.")
                .parameter("one", &ProbeOptions::one, unit::none, "A single input.")
                .produces<Targets>()
                .example("{probe: 1}")
                .creates<Probe>());
    out.add(Declaration<Stage, MeasureOptions>("measure", "Writes a number.")
                .reference("Textbook: none.")
                .parameter("measure", &MeasureOptions::measure, unit::none, "What.", required())
                .parameter("data", &MeasureOptions::data, unit::none, "Any number of inputs.")
                .produces<Findings>()
                .example("{measure: cycle}")
                .creates<Measure>());
    out.add(Declaration<StopRule, LeftOptions>("left_below", "Stops when little is left.")
                .reference("Textbook: none.")
                .parameter("below", &LeftOptions::below, unit::dimensionless, "How little.", required())
                .parameter("fallen_by", &LeftOptions::fallen_by, unit::dimensionless,
                           "Stop when it has fallen by this since the cycle before.")
                .parameter("of", &LeftOptions::of, unit::none, "The stage that measures.", required())
                .example("{type: left_below, below: 1, of: measured}")
                .creates<LeftBelow>());
    return out;
  }();
  return made;
}

/// A workflow with this pipeline, indented by two spaces.
inline Workflow scripted(const ScratchFolder& folder, const std::string& pipeline) {
  const auto file = folder.write("scripted.yaml", "name: scripted\nseed: 5\npipeline:\n" + pipeline);
  WorkflowReading reading = read_workflow(file, {}, scripted_registry());
  for (const Diagnostic& error : reading.errors) UNSCOPED_INFO(error.text());
  REQUIRE(reading.workflow);
  return std::move(*reading.workflow);
}

}  // namespace liftwell::testing
