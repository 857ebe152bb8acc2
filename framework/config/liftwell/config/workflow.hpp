// SPDX-License-Identifier: MIT
// A workflow file read, merged, extracted and checked as far as single values go. The graph between
// its stages is the pipeline layer's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/base/diagnostic.hpp"
#include "liftwell/config/sweep.hpp"
#include "liftwell/registry/configured.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {

struct StageSpec {
  std::string name;
  std::shared_ptr<const Configured> stage;  ///< family "stage"
  std::vector<StageReference> references;   ///< every input, in the order read
  Location location;
};

/// The cycle part: stages repeated until the rule holds.
struct LoopSpec {
  std::string name;
  std::int64_t at_most = 1;
  std::shared_ptr<const Configured> until;  ///< family "stop_rule"; null: always at_most cycles
  std::vector<StageSpec> stages;
  Location location;
};

/// Exactly one of the two is set.
struct PipelineItem {
  std::optional<StageSpec> stage;
  std::optional<LoopSpec> loop;
};

/// A file that a run keeps a copy of, as inputs/NAME.
struct InputFile {
  enum class Kind {
    workflow,  ///< the workflow or a base of it
    plugin,
    parameter,  ///< named by a parameter of a component
  };
  std::string name;
  std::filesystem::path source;  ///< where it is now
  Kind kind = Kind::parameter;
};

struct Workflow {
  std::string name;
  std::string description;
  std::uint64_t seed = 0;
  bool physical_units = false;  ///< `units: molecular`
  std::vector<std::string> plugins;
  std::vector<PipelineItem> pipeline;
  /// family -> name -> component, everything named in the sections.
  std::map<std::string, std::map<std::string, std::shared_ptr<const Configured>>> named;
  /// The whole workflow with every default filled in, variables substituted and components by their
  /// names. Files that parameters name are those of a run folder, inputs/NAME, so that to_yaml(resolved)
  /// reads back to the same workflow beside a folder with `inputs`.
  Node resolved;
  std::vector<std::filesystem::path> files;  ///< everything that was read: the file, its bases, plug-ins
  std::vector<InputFile> inputs;             ///< these, and the files that parameters name
  std::shared_ptr<const Sweep> sweep;        ///< null without one; then everything else is what its points vary
};

/// One `--set path=value`.
struct Override {
  std::string path;
  std::string value;
};

struct WorkflowReading {
  std::optional<Workflow> workflow;  ///< set when there are no errors
  /// Set when there are: what could be read, for further checks. Its stages may lack `stage`.
  std::optional<Workflow> partial;
  Diagnostics errors;
  Diagnostics warnings;
};

/// Reads `file` with its bases, loads plug-ins (those that overrides name, too), applies overrides,
/// which may be about what plug-ins bring, and extracts every component and stage. Never throws for bad input: all
/// findings come back together.
[[nodiscard]] WorkflowReading read_workflow(const std::filesystem::path& file, const std::vector<Override>& overrides);
/// As above against a registry of the caller's, which plug-ins do not enter.
[[nodiscard]] WorkflowReading read_workflow(const std::filesystem::path& file, const std::vector<Override>& overrides,
                                            const Registry& registry);

/// Sorts findings by position (in the order of `files`, the command line last) and drops repetitions.
void tidy(Diagnostics& findings, const std::vector<std::filesystem::path>& files);

/// YAML text of a node, as in resolved.yaml.
[[nodiscard]] std::string to_yaml(const Node& node);

/// Extracts one component from YAML text that to_yaml wrote. Paths of files in it are from `folder`,
/// which is that of the run where the text comes from one. Throws InputError.
[[nodiscard]] std::shared_ptr<const Configured> configure(const std::string& family, const std::string& yaml,
                                                          bool physical_units = true,
                                                          const std::filesystem::path& folder = {});
[[nodiscard]] std::shared_ptr<const Configured> configure(const std::string& family, const std::string& yaml,
                                                          const Registry& registry, bool physical_units = true,
                                                          const std::filesystem::path& folder = {});

}  // namespace liftwell
