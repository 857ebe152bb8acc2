// SPDX-License-Identifier: MIT
#include "liftwell/pipeline/running_stage.hpp"

#include "liftwell/base/display_unit.hpp"

namespace liftwell {

RunningStage::RunningStage(Engine& engine, const StageSpec& spec, int cycle, std::filesystem::path folder,
                           FindInputs find_inputs)
    : engine_(engine), folder_(std::move(folder)), find_inputs_(std::move(find_inputs)) {
  record_.stage = spec.name;
  record_.cycle = cycle;
  record_.verb = spec.stage->declaration->name;
  record_.artifact = spec.stage->declaration->artifact;
}

RandomStream RunningStage::stream(std::string_view purpose) const {
  return RandomStream::named(engine_.workflow_.seed, {record_.stage, purpose},
                             static_cast<std::uint32_t>(record_.cycle));
}

std::vector<std::filesystem::path> RunningStage::inputs(const std::vector<StageReference>& references) const {
  std::vector<std::filesystem::path> out;
  for (const StageReference& reference : references)
    for (auto& path : find_inputs_(reference)) out.push_back(std::move(path));
  return out;
}

std::shared_ptr<const Configured> RunningStage::restore(std::string_view family, const std::string& yaml) const {
  return configure(std::string(family), yaml, engine_.workflow_.physical_units, engine_.folder_);
}

std::string RunningStage::resolved_yaml(const Configured& configured) const { return to_yaml(configured.resolved); }

void RunningStage::progress(double done, double planned, std::string_view unit) {
  engine_.observer_.stage_progress(record_.stage, record_.cycle, done, planned, unit);
}

void RunningStage::warn(std::string message) {
  engine_.observer_.stage_warned(record_.stage, record_.cycle, message);
  record_.warnings.push_back(std::move(message));
}

std::string RunningStage::unit(std::string_view dimension) const {
  return engine_.workflow_.physical_units ? display_unit(dimension) : std::string(dimension);
}

std::string RunningStage::unit_of_variable(const std::string& name) const {
  const Workflow& workflow = engine_.workflow_;
  const auto family = workflow.named.find("coarse_variable");
  if (!workflow.physical_units || family == workflow.named.end()) return {};
  const auto variable = family->second.find(name);
  if (variable == family->second.end()) return {};
  return display_measure(variable->second->declaration->measured_in);
}

void RunningStage::show(const Table& table) { write_units(record_.tables.emplace_back(table)); }

void RunningStage::interrupted() const {
  throw Interrupted("interrupted; the state is saved, go on with: liftwell resume " + engine_.folder_.string());
}

}  // namespace liftwell
