// SPDX-License-Identifier: MIT
// A workflow given as text, run in this process in a folder of its own.
#pragma once

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "framework/pipeline/recording_observer.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "support/temporary_folder.hpp"

namespace liftwell::testing {

class WorkflowRun {
 public:
  explicit WorkflowRun(const std::string& yaml, int threads = 1) : executor_(threads) {
    const auto file = folder_.path() / "workflow.yaml";
    std::ofstream(file) << yaml;
    WorkflowReading reading = read_workflow(file, {});
    for (const Diagnostic& error : reading.errors) UNSCOPED_INFO(error.text());
    REQUIRE(reading.workflow);
    workflow_ = std::move(*reading.workflow);
    const Diagnostics errors = check_pipeline(workflow_);
    for (const Diagnostic& error : errors) UNSCOPED_INFO(error.text());
    REQUIRE(errors.empty());
    std::filesystem::create_directories(run());
  }

  /// Runs from what is on disk, as a process of its own would.
  void play() {
    Manifest manifest = std::filesystem::exists(run() / Manifest::file_name) ? Manifest::open(run())
                                                                             : Manifest::create(run(), {.seed = 5});
    Engine(workflow_, run(), manifest, executor_, observer, stop).run();
  }

  [[nodiscard]] std::filesystem::path run() const { return folder_.path() / "run"; }
  [[nodiscard]] std::filesystem::path output(const std::string& stage) const {
    return artifact_folder(run(), 0, stage);
  }
  template <class Artifact>
  [[nodiscard]] std::shared_ptr<const Artifact> result(const std::string& stage) const {
    return load_artifact<Artifact>(output(stage));
  }

  RecordingObserver observer;
  std::atomic<bool> stop{false};

 private:
  TemporaryFolder folder_;
  Workflow workflow_;
  Executor executor_;
};

}  // namespace liftwell::testing
