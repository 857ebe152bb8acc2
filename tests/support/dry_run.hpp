// SPDX-License-Identifier: MIT
// What is said of a workflow before anything runs.
#pragma once

#include <string>

#include "liftwell/config/workflow.hpp"
#include "liftwell/pipeline/graph.hpp"
#include "support/scratch_file.hpp"

namespace liftwell::testing {

/// The errors of reading and checking it, one a line.
inline std::string dry_run_faults(const std::string& yaml) {
  const ScratchFolder folder;
  WorkflowReading reading = read_workflow(folder.write("workflow.yaml", yaml), {});
  check_pipeline(reading);
  std::string out;
  for (const Diagnostic& error : reading.errors) out += error.text() + "\n";
  return out;
}

}  // namespace liftwell::testing
