// SPDX-License-Identifier: MIT
#include "liftwell/cli/reuse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "liftwell/cli/run_session.hpp"
#include "liftwell/pipeline/engine.hpp"
#include "liftwell/pipeline/graph.hpp"
#include "liftwell/pipeline/same_stages.hpp"
#include "liftwell/reporting/sweep_summary.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// One execution of a stage whose output can be taken over.
struct Taken {
  std::string stage;
  int cycle = 0;
};

Workflow read_run(const fs::path& folder, const Registry& registry) {
  require_run_folder(folder);
  WorkflowReading reading = read_workflow(folder / "resolved.yaml", {}, registry);
  if (!reading.workflow)
    throw InputError(fmt::format("the run in {} cannot be reused, since its workflow cannot be read: {}",
                                 folder.string(), InputError(reading.errors).what()));
  return std::move(*reading.workflow);
}

/// A folder appears under its name when it is complete.
void copy_folder(const fs::path& from, const fs::path& to) {
  fs::path growing = to;
  growing += ".copying";
  try {
    fs::remove_all(growing);
    fs::create_directories(growing);
    fs::copy(from, growing, fs::copy_options::recursive);
  } catch (const fs::filesystem_error& error) {
    throw as_storage_error("copy", error);
  }
  rename_folder(growing, to);
}

/// The summary in a folder, or an empty one.
Json summary_in(const fs::path& folder) {
  Json out = Json::object();
  if (fs::exists(folder / "summary.json")) out = Json::parse(read_file(folder / "summary.json"), nullptr, false);
  return out.is_object() && out.contains("stages") && out["stages"].is_array() ? out : Json::object();
}

/// Adds the entries of the earlier summary that tell of what is taken: counts, warnings, tables.
void take_summary(const std::vector<Taken>& taken, const fs::path& folder, const fs::path& earlier) {
  const Json before = summary_in(earlier);
  if (before.empty() || taken.empty()) return;
  Json summary = summary_in(folder);
  if (summary.empty()) summary = {{"status", "running"}, {"stages", Json::array()}, {"totals", {{"wall_s", 0.0}}}};
  double wall_s = summary["totals"].value("wall_s", 0.0);
  const auto tells_of = [](const Json& entry, const Taken& one) {
    return entry.value("stage", "") == one.stage && entry.value("cycle", -1) == one.cycle;
  };
  for (const Taken& one : taken) {
    Json& known = summary["stages"];
    if (std::any_of(known.begin(), known.end(), [&](const Json& entry) { return tells_of(entry, one); })) continue;
    for (const Json& entry : before["stages"])
      if (tells_of(entry, one)) {
        known.push_back(entry);
        wall_s += entry.value("wall_s", 0.0);
      }
  }
  summary["totals"]["wall_s"] = wall_s;
  write_file(folder / "summary.json", summary.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

class Reuse {
 public:
  Reuse(const Workflow& workflow, const fs::path& folder, const EarlierRun& earlier, const RunPace& pace)
      : folder_(folder), earlier_(earlier.folder), manifest_(manifest_in(folder, workflow, pace)) {
    if (!fs::exists(earlier_ / Manifest::file_name)) return;
    known_.emplace(Manifest::open(earlier_));
    if (known_->provenance().versions != manifest_.provenance().versions) {
      remark_ = " (it was made by another version of liftwell)";
      return;
    }
    for (const std::string& stage : same_stages(workflow, folder, earlier.workflow, earlier_))
      for (int cycle = offers(stage, 0) ? 0 : 1; offers(stage, cycle); ++cycle) taken_.push_back({stage, cycle});
  }

  void run() {
    // Before the outputs: one whose entry is missing would count for nothing, an entry without output is replaced.
    take_summary(taken_, folder_, earlier_);
    for (const Taken& one : taken_) {
      if (stop_requested())
        throw Interrupted("interrupted while results were copied; go on with: liftwell resume " + folder_.string());
      take(one);
    }
  }

  [[nodiscard]] bool takes(const std::string& stage) const {
    return std::any_of(taken_.begin(), taken_.end(), [&](const Taken& one) { return one.stage == stage; });
  }
  /// Why nothing is taken at all, where that is not the workflow's doing.
  [[nodiscard]] const std::string& remark() const { return remark_; }

 private:
  /// Cycle 0 is that of stages outside loops; 1, 2, ... are those of stages inside.
  [[nodiscard]] bool offers(const std::string& stage, int cycle) const {
    const fs::path from = artifact_folder(earlier_, cycle, stage);
    return fs::exists(from) && known_->lists(from);
  }

  void take(const Taken& one) {
    const fs::path from = artifact_folder(earlier_, one.cycle, one.stage);
    const fs::path to = artifact_folder(folder_, one.cycle, one.stage);
    if (fs::exists(to)) return;
    if (const auto wrong = known_->verify(from); !wrong.empty())
      throw StorageError(fmt::format("{}/{}; restore it, or remove {} to have it made again", earlier_.string(),
                                     wrong.front().text(), from.string()));
    copy_folder(from, to);
    manifest_.record(to);
  }

  const fs::path& folder_;
  const fs::path& earlier_;
  Manifest manifest_;
  std::optional<Manifest> known_;
  std::vector<Taken> taken_;
  std::string remark_;
};

void reuse_run(const Workflow& workflow, const fs::path& folder, const EarlierRun& earlier, const RunPace& pace) {
  Reuse reuse(workflow, folder, earlier, pace);
  std::vector<std::string> taken, anew;
  for (const std::string& stage : stage_names(workflow)) (reuse.takes(stage) ? taken : anew).push_back(stage);
  const auto list = [](const std::vector<std::string>& names) {
    return names.empty() ? std::string("nothing") : fmt::format("{}", fmt::join(names, ", "));
  };
  ProgressDisplay(pace.display)
      .message(fmt::format("taken from {}: {}{}; made anew: {}", earlier.folder.string(), list(taken), reuse.remark(),
                           list(anew)),
               taken.empty());
  reuse.run();
}

}  // namespace

EarlierRun read_earlier(const fs::path& folder, const Workflow& wanted, const Registry& registry) {
  EarlierRun out{folder, read_run(folder, registry)};
  if (out.workflow.sweep && !wanted.sweep)
    throw InputError(fmt::format("{} is a sweep, and this workflow is not; name one of its points, such as {}",
                                 folder.string(), point_folder(folder, out.workflow.sweep->points.front()).string()));
  return out;
}

void reuse_results(const Workflow& workflow, const fs::path& folder, const EarlierRun& earlier,
                   const Registry& registry, const RunPace& pace) {
  if (!workflow.sweep) return reuse_run(workflow, folder, earlier, pace);
  for (const SweepPoint& point : workflow.sweep->points) {
    const fs::path own = point_folder(folder, point);
    if (!earlier.workflow.sweep) {
      reuse_run(*point.workflow, own, earlier, pace);
      continue;
    }
    const fs::path from = point_folder(earlier.folder, point);
    if (!fs::exists(from / "resolved.yaml")) continue;
    try {
      reuse_run(*point.workflow, own, {from, read_run(from, registry)}, pace);
    } catch (const Error& error) {  // one point must not keep the others
      if (stop_requested()) throw;
      ProgressDisplay(pace.display)
          .message(fmt::format("warning: {}: {}; what could not be taken is made anew", point.name, error.what()),
                   true);
    }
  }
}

}  // namespace liftwell
