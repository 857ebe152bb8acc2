// SPDX-License-Identifier: MIT
// What a running stage is given by the engine.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/table.hpp"
#include "liftwell/execution/executor.hpp"
#include "liftwell/registry/configured.hpp"
#include "liftwell/store/artifact.hpp"

namespace liftwell {

/// Counts that end up in summary.json.
struct StageCounts {
  std::int64_t force_evaluations = 0;
  std::int64_t train_steps = 0;
  std::int64_t score_evaluations = 0;
};

class StageContext {
 public:
  virtual ~StageContext() = default;

  [[nodiscard]] virtual const std::string& stage() const = 0;
  [[nodiscard]] virtual int cycle() const = 0;  ///< 0 outside the loop, 1, 2, … inside
  [[nodiscard]] virtual const Executor& executor() const = 0;
  /// The stream of this stage, this cycle and `purpose`: stable names, never positions.
  [[nodiscard]] virtual RandomStream stream(std::string_view purpose) const = 0;
  /// Where the output goes; whole files already there are checkpoints of an interrupted attempt.
  [[nodiscard]] virtual const std::filesystem::path& folder() const = 0;

  /// Folders of the outputs an input port names, in order, cycles ascending; "@all" may be empty.
  [[nodiscard]] virtual std::vector<std::filesystem::path> inputs(
      const std::vector<StageReference>& references) const = 0;
  template <class Artifact>
  [[nodiscard]] std::vector<std::shared_ptr<const Artifact>> load(const Inputs<Artifact>& port) const {
    std::vector<std::shared_ptr<const Artifact>> out;
    for (const auto& path : inputs(port.references)) out.push_back(load_artifact<Artifact>(path));
    return out;
  }
  /// Null when the port is not connected.
  template <class Artifact>
  [[nodiscard]] std::shared_ptr<const Artifact> load(const Input<Artifact>& port) const {
    const auto paths = inputs(port.references);
    return paths.empty() ? nullptr : load_artifact<Artifact>(paths.front());
  }

  /// Rebuilds a component from the resolved YAML that an artifact carries.
  [[nodiscard]] virtual std::shared_ptr<const Configured> restore(std::string_view family,
                                                                  const std::string& yaml) const = 0;
  template <class Family>
  [[nodiscard]] std::unique_ptr<Family> restore(const std::string& yaml) const {
    return build<Family>(*restore(Family::family().name, yaml));
  }
  /// The resolved YAML of a component, to be carried by an artifact.
  [[nodiscard]] virtual std::string resolved_yaml(const Configured& configured) const = 0;

  /// Work done of work planned; drives the bar, the rate and events.jsonl. Cheap; call freely. A stage
  /// that goes on from a checkpoint says first where that was, so that its rate is of this attempt only.
  virtual void progress(double done, double planned, std::string_view unit) = 0;
  /// True when the run should stop soon; the stage saves what it has and calls interrupted().
  [[nodiscard]] virtual bool stop_requested() const = 0;
  [[noreturn]] virtual void interrupted() const = 0;

  /// How results of this dimension are written in the units of the workflow: unit("energy") is "energy" or "kJ/mol".
  [[nodiscard]] virtual std::string unit(std::string_view dimension) const = 0;

  /// The unit of a coarse variable of this name: "rad", "nm", or "" where it is a plain number, the workflow names none
  /// so, or has reduced units.
  [[nodiscard]] virtual std::string unit_of_variable(const std::string& name) const = 0;
  /// Writes units as the two above have them; a column called as a coarse variable has its unit.
  void write_units(Table& table) const;
  void write_units(FreeEnergy& result) const;

  virtual void warn(std::string message) = 0;
  /// A table for standard output and the report, shown when the stage ends, with its units written.
  virtual void show(const Table& table) = 0;
  /// One fact for this stage's entry in summary.json.
  void fact(const std::string& name, std::int64_t value);
  void fact(const std::string& name, double value);
  void fact(const std::string& name, const std::string& value);
  /// All of them, for facts with parts of their own (include <nlohmann/json.hpp>, which takes its time).
  virtual nlohmann::json& facts() = 0;
  virtual StageCounts& counts() = 0;
};

}  // namespace liftwell
