// SPDX-License-Identifier: MIT
#include "liftwell/cli/reuse.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
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

/// One execution of a stage whose output was taken over.
struct Taken {
  std::string stage;
  int cycle = 0;
};

Workflow read_run(const fs::path& folder, const Registry& registry) {
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

/// The entries of the earlier summary that tell of what was taken: counts, warnings, tables.
void take_summary(const std::vector<Taken>& taken, const fs::path& folder, const fs::path& earlier) {
  if (fs::exists(folder / "summary.json") || !fs::exists(earlier / "summary.json")) return;
  const Json before = Json::parse(read_file(earlier / "summary.json"), nullptr, false);
  if (!before.is_object() || !before.contains("stages")) return;
  Json stages = Json::array();
  double wall_s = 0;
  for (const Json& entry : before["stages"])
    for (const Taken& one : taken)
      if (entry.value("stage", "") == one.stage && entry.value("cycle", -1) == one.cycle) {
        stages.push_back(entry);
        wall_s += entry.value("wall_s", 0.0);
      }
  const Json summary{{"status", "running"}, {"stages", std::move(stages)}, {"totals", {{"wall_s", wall_s}}}};
  write_file(folder / "summary.json", summary.dump(2) + "\n");
}

class Reuse {
 public:
  Reuse(const Workflow& workflow, const fs::path& folder, const Workflow& before, const fs::path& earlier,
        const RunPace& pace)
      : folder_(folder),
        earlier_(earlier),
        same_(same_stages(workflow, folder, before, earlier)),
        manifest_(manifest_in(folder, workflow, pace)) {
    if (fs::exists(earlier / Manifest::file_name)) known_.emplace(Manifest::open(earlier));
  }

  void run() {
    for (const std::string& stage : same_)
      for (int cycle = 0; take(stage, cycle) || cycle == 0; ++cycle) {
      }
    take_summary(taken_, folder_, earlier_);
  }

  [[nodiscard]] bool took(const std::string& stage) const {
    return std::any_of(taken_.begin(), taken_.end(), [&](const Taken& one) { return one.stage == stage; });
  }

 private:
  /// False where there is nothing of that cycle: cycle 0 of stages outside loops, 1, 2, ... of those inside.
  bool take(const std::string& stage, int cycle) {
    const fs::path from = artifact_folder(earlier_, cycle, stage), to = artifact_folder(folder_, cycle, stage);
    if (!fs::exists(from) || !known_ || !known_->lists(from)) return false;
    if (const auto wrong = known_->verify(from); !wrong.empty())
      throw StorageError(fmt::format("{}/{}; restore it, or remove {} to have it made again", earlier_.string(),
                                     wrong.front().text(), from.string()));
    if (fs::exists(to)) return true;
    copy_folder(from, to);
    manifest_.record(to);
    taken_.push_back({stage, cycle});
    return true;
  }

  const fs::path& folder_;
  const fs::path& earlier_;
  std::set<std::string> same_;
  Manifest manifest_;
  std::optional<Manifest> known_;
  std::vector<Taken> taken_;
};

void reuse_run(const Workflow& workflow, const fs::path& folder, const Workflow& before, const fs::path& earlier,
               const RunPace& pace) {
  Reuse reuse(workflow, folder, before, earlier, pace);
  reuse.run();
  std::vector<std::string> taken, anew;
  for (const std::string& stage : stage_names(workflow)) (reuse.took(stage) ? taken : anew).push_back(stage);
  const auto list = [](const std::vector<std::string>& names) {
    return names.empty() ? std::string("nothing") : fmt::format("{}", fmt::join(names, ", "));
  };
  ProgressDisplay(pace.display)
      .message(fmt::format("taken from {}: {}; made anew: {}", earlier.string(), list(taken), list(anew)),
               taken.empty());
}

}  // namespace

void reuse_results(const Workflow& workflow, const fs::path& folder, const fs::path& earlier, const Registry& registry,
                   const RunPace& pace) {
  const Workflow before = read_run(earlier, registry);
  if (!workflow.sweep) {
    if (before.sweep)
      throw InputError(fmt::format("{} is a sweep; name one of its points: {}", earlier.string(),
                                   point_folder(earlier, before.sweep->points.front()).string()));
    return reuse_run(workflow, folder, before, earlier, pace);
  }
  for (const SweepPoint& point : workflow.sweep->points) {
    const fs::path from = before.sweep ? point_folder(earlier, point) : earlier;
    if (!fs::exists(from / "resolved.yaml")) continue;
    reuse_run(*point.workflow, point_folder(folder, point), before.sweep ? read_run(from, registry) : before, from,
              pace);
  }
}

}  // namespace liftwell
