// SPDX-License-Identifier: MIT
// A pipeline of scripted stages in a run folder of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/pipeline/recording_observer.hpp"
#include "framework/pipeline/scripted_stages.hpp"
#include "liftwell/pipeline/engine.hpp"

namespace liftwell::testing {

/// A run folder with a workflow, run as often as a test likes.
class Rehearsal {
 public:
  explicit Rehearsal(const std::string& pipeline, int threads = 1)
      : workflow_(scripted(folder_, pipeline)), executor_(threads) {
    std::filesystem::create_directories(run());
  }
  ~Rehearsal() { scripts().clear(); }
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;

  /// Runs from what is on disk, as a process of its own would.
  std::vector<LoopOutcome> play() {
    observer.clear();
    Manifest manifest = std::filesystem::exists(run() / Manifest::file_name) ? Manifest::open(run())
                                                                             : Manifest::create(run(), {.seed = 5});
    Engine engine(workflow_, run(), manifest, executor_, observer, stop);
    return engine.run();
  }

  [[nodiscard]] std::filesystem::path run() const { return folder_.path() / "run"; }
  [[nodiscard]] std::filesystem::path output(const std::string& stage, int cycle = 0) const {
    return artifact_folder(run(), cycle, stage);
  }
  [[nodiscard]] std::filesystem::path partial(const std::string& stage, int cycle = 0) const {
    return output(stage + ".partial", cycle);
  }
  [[nodiscard]] std::string note(const std::string& stage, int cycle = 0) const {
    return load_artifact<Targets>(output(stage, cycle))->note;
  }

  RecordingObserver observer;
  std::atomic<bool> stop{false};

 private:
  ScratchFolder folder_;
  Workflow workflow_;
  Executor executor_;
};

}  // namespace liftwell::testing
