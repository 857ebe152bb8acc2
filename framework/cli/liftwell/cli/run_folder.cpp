// SPDX-License-Identifier: MIT
#include "liftwell/cli/run_folder.hpp"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <sstream>
#include <vector>

#include "liftwell/config/input_files.hpp"
#include "liftwell/execution/in_order.hpp"
#include "liftwell/reporting/sweep_summary.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

void make_folder(const fs::path& folder) {
  try {
    fs::create_directories(folder);
  } catch (const fs::filesystem_error& error) {
    throw StorageError(
        fmt::format("{}; choose another with --output", as_storage_error("create the folder", error).what()));
  }
}

/// Lines of the two texts that differ, at most ten, in one line.
std::string difference(const std::string& before, const std::string& now) {
  std::istringstream a(before), b(now);
  std::string out, line_a, line_b;
  int shown = 0;
  for (int number = 1; shown < 10; ++number) {
    const bool has_a = static_cast<bool>(std::getline(a, line_a));
    const bool has_b = static_cast<bool>(std::getline(b, line_b));
    if (!has_a && !has_b) break;
    if (has_a && has_b && line_a == line_b) continue;
    out += fmt::format("{}line {} was '{}', is '{}'", shown > 0 ? "; " : "", number, has_a ? line_a : "",
                       has_b ? line_b : "");
    ++shown;
  }
  return out;
}

/// Copies of every file the run read: the folder explains itself, and the run reads only these.
void copy_inputs(const Workflow& workflow, const fs::path& folder) {
  make_folder(folder / inputs_folder);
  for (const InputFile& input : workflow.inputs)
    write_through(folder / inputs_folder / input.name, [&](const fs::path& copy) {
      std::error_code failure;
      fs::copy_file(input.source, copy, fs::copy_options::overwrite_existing, failure);
      if (failure)
        throw StorageError(fmt::format("cannot copy {} into the run: {}", input.source.string(), failure.message()));
    });
}

/// A run that goes on must go on with what it began with.
void require_same_inputs(const Workflow& workflow, const fs::path& folder) {
  for (const InputFile& input : workflow.inputs) {
    if (input.kind == InputFile::Kind::workflow) continue;  // resolved.yaml is compared instead
    if (sha256_of(input.source) != sha256_of(folder / inputs_folder / input.name))
      throw InputError(
          fmt::format("{} has changed since the run in {} was made with it; to go on with its copy: liftwell resume {}",
                      input.source.string(), folder.string(), folder.string()));
  }
}

/// resolved.yaml of a run folder: as resolved, with plug-ins found under inputs/.
std::string resolved_text(const Workflow& workflow) {
  Node resolved = workflow.resolved;
  if (Node* plugins = resolved.find("plugins")) {
    std::vector<Node> copies;
    for (const InputFile& input : workflow.inputs) {
      if (input.kind != InputFile::Kind::plugin) continue;
      copies.push_back(Node::scalar(std::string(inputs_folder) + "/" + input.name));
      copies.back().quoted = true;
    }
    plugins->items = std::move(copies);
  }
  return to_yaml(resolved);
}

void fill(const Workflow& workflow, const fs::path& folder, const fs::path& file);

/// Side by side, since all the time goes into waiting for the disk.
void fill_points(const Sweep& sweep, const fs::path& folder, const fs::path& file) {
  constexpr std::size_t width = 16;
  std::vector<std::exception_ptr> failures(sweep.points.size());
  std::atomic<bool> failed{false};
  for_each_in_order(sweep.points.size(), width, [&](std::size_t p) {
    if (failed) return;
    try {
      fill(*sweep.points[p].workflow, point_folder(folder, sweep.points[p]), file);
    } catch (...) {
      failures[p] = std::current_exception();
      failed = true;
    }
  });
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

/// Fills the folder of a run, with resolved.yaml at the end.
void fill(const Workflow& workflow, const fs::path& folder, const fs::path& file) {
  make_folder(folder);
  copy_inputs(workflow, folder);
  write_file(folder / "workflow.yaml", read_file(file));
  if (workflow.sweep) fill_points(*workflow.sweep, folder, file);
  write_file(folder / "resolved.yaml", resolved_text(workflow));
}

/// Everything but what is computed over a sweep's points.
std::string without_aggregates(const std::string& resolved) {
  const std::size_t begin = resolved.find("\n  aggregate:"), end = resolved.find("\n  points_in:");
  const std::size_t sweep = resolved.find("\nsweep:\n");
  if (sweep == std::string::npos || begin == std::string::npos || begin < sweep) return resolved;
  return resolved.substr(0, begin) + resolved.substr(end);
}

void require_same_text(const Workflow& workflow, const fs::path& folder) {
  const std::string before = without_aggregates(read_file(folder / "resolved.yaml"));
  if (const std::string now = without_aggregates(resolved_text(workflow)); before != now)
    throw InputError(
        fmt::format("the run in {} was made with another workflow ({}: {}); choose another folder, and "
                    "--reuse {} to keep what is the same",
                    folder.string(), (folder / "resolved.yaml").string(), difference(before, now), folder.string()));
}

}  // namespace

fs::path next_folder(const std::string& name) {
  for (int number = 1;; ++number) {
    fs::path folder = fs::path("runs") / name / fmt::format("{:03}", number);
    if (!fs::exists(folder)) return folder;
  }
}

void prepare_folder(const Workflow& workflow, const fs::path& folder, const fs::path& file) {
  const bool existed = fs::exists(folder);
  try {
    fill(workflow, folder, file);
  } catch (...) {
    std::error_code ignored;
    for (const char* made : {inputs_folder, points_folder, "workflow.yaml", "resolved.yaml"})
      fs::remove_all(folder / made, ignored);
    if (!existed) fs::remove(folder, ignored);
    throw;
  }
}

void require_same_workflow(const Workflow& workflow, const fs::path& folder) {
  require_same_text(workflow, folder);
  require_same_inputs(workflow, folder);
  if (!workflow.sweep) return;
  for (const SweepPoint& point : workflow.sweep->points)
    require_same_workflow(*point.workflow, point_folder(folder, point));
  if (const std::string now = resolved_text(workflow); now != read_file(folder / "resolved.yaml"))
    write_file(folder / "resolved.yaml", now);
}

Workflow workflow_of_run(const fs::path& folder, const Registry& registry) {
  WorkflowReading reading = read_workflow(folder / "resolved.yaml", {}, registry);
  if (!reading.workflow)
    throw InternalError(std::string("the resolved workflow cannot be read again: ") +
                        InputError(reading.errors).what());
  return std::move(*reading.workflow);
}

}  // namespace liftwell
