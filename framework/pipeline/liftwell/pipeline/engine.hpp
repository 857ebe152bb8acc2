// SPDX-License-Identifier: MIT
// Runs a checked workflow in a folder: stages as their inputs are ready, loops until their rule
// holds, finished outputs reused.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/execution/executor.hpp"
#include "liftwell/families/stop_rule.hpp"
#include "liftwell/pipeline/graph.hpp"
#include "liftwell/pipeline/observer.hpp"
#include "liftwell/store/manifest.hpp"

namespace liftwell {

/// Output folder of one execution: artifacts/NNN-cycle/STAGE, cycle 0 for stages outside a loop.
[[nodiscard]] std::filesystem::path artifact_folder(const std::filesystem::path& run, int cycle,
                                                    const std::string& stage);

/// How each loop ended.
struct LoopOutcome {
  std::string loop;
  int cycles = 0;
  bool converged = false;  ///< the rule held; always true without a rule
  std::string reason;
  std::string rule;  ///< name of the rule that held, of the rules where several were combined; "" when none did
};

class Engine {
 public:
  /// `stop` is read often; once true, stages save their state and run() throws Interrupted.
  Engine(const Workflow& workflow, std::filesystem::path run_folder, Manifest& manifest, const Executor& executor,
         RunObserver& observer, const std::atomic<bool>& stop);

  /// Runs everything not yet done. A stage that fails does not undo what is finished.
  std::vector<LoopOutcome> run();

 private:
  friend class RunningStage;

  struct Execution {
    std::size_t node;
    int cycle;
  };
  void run_scope(const std::vector<std::size_t>& nodes, int cycle);
  LoopOutcome run_loop(int loop);
  void execute(Execution execution);
  void reuse(Execution execution, const std::filesystem::path& finished);
  [[nodiscard]] std::vector<std::filesystem::path> inputs(const StageReference& reference, Execution reader) const;
  [[nodiscard]] StopVerdict judge(int loop, int cycle) const;

  const Workflow& workflow_;
  std::filesystem::path folder_;
  Manifest& manifest_;
  const Executor& executor_;
  RunObserver& observer_;
  const std::atomic<bool>& stop_;
  PipelineGraph graph_;
  std::vector<int> cycles_;  ///< per loop: cycles executed so far
};

}  // namespace liftwell
