// SPDX-License-Identifier: MIT
// The points of a sweep, side by side, and what is computed over them.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "liftwell/cli/execution.hpp"
#include "liftwell/execution/in_order.hpp"
#include "liftwell/reporting/event_log.hpp"
#include "liftwell/reporting/report.hpp"
#include "liftwell/reporting/sweep_summary.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

class SweepExecution {
 public:
  SweepExecution(const Workflow& workflow, const fs::path& folder, const RunPace& pace)
      : sweep_(*workflow.sweep),
        folder_(folder),
        pace_(pace),
        summary_(folder, workflow),
        log_(folder / "events.jsonl"),
        display_(pace.display) {}

  void run() {
    std::vector<std::size_t> open;
    for (std::size_t p = 0; p < sweep_.points.size(); ++p) {
      const fs::path point = point_folder(folder_, sweep_.points[p]);
      if (!summary_.state(p).finished())
        open.push_back(p);
      else if (!fs::exists(point / "report.html"))
        write_report(point);  // all that a kill in the last moment of a point can have kept from it
    }
    done_ = sweep_.points.size() - open.size();
    log_.write("run_started", {{"points", sweep_.points.size()}, {"finished", done_.load()}});
    display_.message(
        fmt::format("run folder {}: {} points, {} of them finished", folder_.string(), sweep_.points.size(), done_));
    display_.started("points", 0, done_ > 0);
    report_progress();
    // Points are independent, so a thread each is the best use of them; only a few points share.
    const auto threads = static_cast<std::size_t>(pace_.threads);
    const std::size_t width = std::clamp<std::size_t>(open.size(), 1, threads);
    point_pace_ = {static_cast<int>(threads / width), ProgressDisplay::Style::silent, pace_.command};
    for_each_in_order(open.size(), width, [&](std::size_t i) { run_point(open[i]); });
    end();
  }

 private:
  void run_point(std::size_t p) {
    if (stop_requested()) return;
    const SweepPoint& point = sweep_.points[p];
    log_.write("point_started", {{"point", point.name}});
    const auto begin = std::chrono::steady_clock::now();
    std::string failure;
    try {
      execute_in(*point.workflow, point_folder(folder_, point), point_pace_);
    } catch (const Interrupted&) {  // its summary says so
    } catch (const std::bad_alloc&) {
      failure = "there is not enough memory";
    } catch (const std::exception& error) {
      failure = error.what();
    }
    const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    try {
      finish_point(p, failure, wall_s);
    } catch (const std::exception& error) {  // the disk is full, say: the next point will tell, or the end
      display_.message(fmt::format("warning: {}: {}", point.name, error.what()), true);
    }
  }

  void finish_point(std::size_t p, const std::string& failure, double wall_s) {
    const SweepPoint& point = sweep_.points[p];
    const PointState state = summary_.update(p, failure);
    nlohmann::json event{{"point", point.name}, {"status", state.status}, {"wall_s", wall_s}};
    if (!state.message.empty()) event["message"] = state.message;
    log_.write("point_finished", std::move(event));
    if (state.status == "interrupted") return;
    const std::size_t done = ++done_;
    const std::string warnings =
        state.warnings == 0 ? "" : fmt::format(", {} warning{}", state.warnings, state.warnings == 1 ? "" : "s");
    if (state.status == "failed")
      display_.message(fmt::format("warning: point {} failed: {}", point.name, state.message), true);
    else
      display_.message(fmt::format("[{}/{}] {} {} in {:.2f} s{}", done, sweep_.points.size(), point.name,
                                   state.status == "done" ? "done" : "not converged", wall_s, warnings));
    report_progress();
  }

  void report_progress() {
    display_.progress("points", 0, static_cast<double>(done_), static_cast<double>(sweep_.points.size()), "points");
  }

  void end() {
    std::size_t finished = 0, failed = 0, not_converged = 0;
    std::string first_failure;
    for (std::size_t p = 0; p < sweep_.points.size(); ++p) {
      const PointState state = summary_.state(p);
      finished += state.finished() ? 1 : 0;
      not_converged += state.status == "not_converged" ? 1 : 0;
      if (state.status != "failed") continue;
      if (failed++ == 0) first_failure = sweep_.points[p].name + ": " + state.message;
    }
    const std::string go_on = "go on with: liftwell resume " + folder_.string();
    if (stop_requested() && finished + failed < sweep_.points.size()) {
      const std::string message = fmt::format("interrupted with {} of {} points finished; the state is saved, {}",
                                              finished, sweep_.points.size(), go_on);
      end_as("interrupted", message);
      throw Interrupted(message);
    }
    for (const Table& table : summary_.aggregate()) std::fputs((table.text() + "\n").c_str(), stdout);
    const std::string failure =
        failed == 0 ? ""
                    : fmt::format("{} of {} points failed, the first: {}", failed, sweep_.points.size(), first_failure);
    end_as(failed > 0 ? "failed" : not_converged > 0 ? "not_converged" : "done", failure);
    std::fputs(fmt::format("{} of {} points finished. Results: {}/summary.json, {}/report.html\n", finished,
                           sweep_.points.size(), folder_.string(), folder_.string())
                   .c_str(),
               stdout);
    const char* others = finished > 0 ? "the others are finished, " : "";
    if (failed > 0) throw RunError(fmt::format("{}; {}{}", failure, others, go_on));
  }

  void end_as(const std::string& status, const std::string& message) {
    log_.write("run_ended", {{"status", status}, {"message", message}});
    summary_.finish(status, message);
    write_report(folder_);
  }

  const Sweep& sweep_;
  const fs::path& folder_;
  const RunPace& pace_;
  RunPace point_pace_;
  SweepSummary summary_;
  EventLog log_;
  ProgressDisplay display_;
  std::atomic<std::size_t> done_{0};  ///< points that need no more work in this attempt
};

}  // namespace

void execute_sweep(const Workflow& workflow, const fs::path& folder, const RunPace& pace) {
  try {
    (void)manifest_in(folder, workflow, pace);
    SweepExecution(workflow, folder, pace).run();
  } catch (const StorageError& error) {
    throw StorageError(
        fmt::format("{}; what is finished is kept, go on with: liftwell resume {}", error.what(), folder.string()));
  }
}

}  // namespace liftwell
