// SPDX-License-Identifier: MIT
#include "liftwell/pipeline/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "liftwell/pipeline/running_stage.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace fs = std::filesystem;
namespace {

/// The message of a failure that is the stage's own: its input or its numbers are wrong. "" for others, such as a full
/// disk or an interruption, that concern the whole run.
std::string own_failure(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const InputError& error) {
    return error.what();
  } catch (const RunError& error) {
    return error.what();
  } catch (...) {
    return {};
  }
}

/// Runs `work(i)` for items whose predecessors are done, at most `width` at once. What needs an item that failed does
/// not start; nor does anything else, unless the failure is the item's own. `others_go_on(i, message)` is called where
/// something does. At the end the first failure in item order is rethrown.
class Scheduler {
 public:
  using Announcement = std::function<void(std::size_t, const std::string&)>;

  Scheduler(std::vector<std::vector<std::size_t>> after, std::function<void(std::size_t)> work,
            Announcement others_go_on)
      : after_(std::move(after)),
        work_(std::move(work)),
        others_go_on_(std::move(others_go_on)),
        state_(after_.size(), State::waiting),
        failures_(after_.size()) {}

  void run(std::size_t width) {
    std::vector<std::thread> threads;
    for (std::size_t t = 1; t < std::min(width, after_.size()); ++t) threads.emplace_back([this] { serve(); });
    serve();
    for (std::thread& thread : threads) thread.join();
    for (const std::exception_ptr& failure : failures_)
      if (failure) std::rethrow_exception(failure);
  }

 private:
  enum class State { waiting, running, done, failed };

  [[nodiscard]] bool ready(std::size_t item) const {
    return state_[item] == State::waiting && std::all_of(after_[item].begin(), after_[item].end(),
                                                         [&](std::size_t p) { return state_[p] == State::done; });
  }

  /// Whether anything runs, or can once what it needs is done.
  [[nodiscard]] bool something_is_left() const {
    std::vector<char> lost(state_.size(), 0);
    for (bool again = true; again;) {
      again = false;
      for (std::size_t i = 0; i < state_.size(); ++i) {
        const bool needs_lost = std::any_of(after_[i].begin(), after_[i].end(), [&](std::size_t p) { return lost[p]; });
        if (lost[i] != 0 || (state_[i] != State::failed && !needs_lost)) continue;
        lost[i] = 1;
        again = true;
      }
    }
    for (std::size_t i = 0; i < state_.size(); ++i)
      if (lost[i] == 0 && (state_[i] == State::waiting || state_[i] == State::running)) return true;
    return false;
  }

  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      std::size_t item = 0;
      while (item < state_.size() && !ready(item)) ++item;
      const bool idle = std::none_of(state_.begin(), state_.end(), [](State s) { return s == State::running; });
      if (stopped_ || (item == state_.size() && idle)) {
        changed_.notify_all();
        return;
      }
      if (item == state_.size()) {
        changed_.wait(lock);
        continue;
      }
      state_[item] = State::running;
      lock.unlock();
      std::exception_ptr failure;
      try {
        work_(item);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      state_[item] = failure == nullptr ? State::done : State::failed;
      failures_[item] = failure;
      if (failure != nullptr) {
        const std::string own = own_failure(failure);
        stopped_ = stopped_ || own.empty();
        if (!stopped_ && something_is_left()) others_go_on_(item, own);
      }
      changed_.notify_all();
    }
  }

  std::vector<std::vector<std::size_t>> after_;
  std::function<void(std::size_t)> work_;
  Announcement others_go_on_;
  std::vector<State> state_;
  std::vector<std::exception_ptr> failures_;
  bool stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// What a stage threw that is not one of liftwell's errors.
InternalError unexpected(const std::string& stage, const std::string& what) {
  return InternalError(fmt::format(
      "stage {}: internal error: {} (please report this as a bug in liftwell, or in the plug-in that the stage uses)",
      stage, what));
}

/// What a stop rule reads of one execution of a stage.
StopEvidence evidence_of(const fs::path& folder, const StageReference& reference) {
  StopEvidence out;
  if (reference.artifact_type == FreeEnergy::type_name)
    out.free_energy = load_artifact<FreeEnergy>(folder);
  else if (reference.artifact_type == Findings::type_name)
    out.findings = load_artifact<Findings>(folder);
  else if (reference.artifact_type == Targets::type_name)
    out.targets = load_artifact<Targets>(folder);
  else
    throw InternalError("stop rules cannot read artifacts of type '" + reference.artifact_type + "'");
  return out;
}

}  // namespace

fs::path artifact_folder(const fs::path& run, int cycle, const std::string& stage) {
  return run / "artifacts" / fmt::format("{:03}-cycle", cycle) / stage;
}

Engine::Engine(const Workflow& workflow, fs::path run_folder, Manifest& manifest, const Executor& executor,
               RunObserver& observer, const std::atomic<bool>& stop)
    : workflow_(workflow),
      folder_(std::move(run_folder)),
      manifest_(manifest),
      executor_(executor),
      observer_(observer),
      stop_(stop) {
  Diagnostics errors;
  graph_ = build_graph(workflow_, errors);
  if (!errors.empty()) throw InputError(std::move(errors));
  cycles_.resize(graph_.loops.size(), 0);
}

std::vector<LoopOutcome> Engine::run() {
  std::vector<LoopOutcome> outcomes;
  std::size_t next = 0;
  while (next < graph_.nodes.size()) {
    const int loop = graph_.nodes[next].loop;
    std::vector<std::size_t> scope;
    while (next < graph_.nodes.size() && graph_.nodes[next].loop == loop) scope.push_back(next++);
    if (loop < 0)
      run_scope(scope, 0);
    else
      outcomes.push_back(run_loop(loop));
  }
  return outcomes;
}

LoopOutcome Engine::run_loop(int loop) {
  const LoopSpec& spec = *graph_.loops[static_cast<std::size_t>(loop)];
  std::vector<std::size_t> scope;
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
    if (graph_.nodes[i].loop == loop) scope.push_back(i);
  LoopOutcome outcome{spec.name, 0, spec.until == nullptr, "ran its " + std::to_string(spec.at_most) + " cycles"};
  for (int cycle = 1; cycle <= spec.at_most; ++cycle) {
    try {
      run_scope(scope, cycle);
    } catch (Error& error) {
      error.add_context(fmt::format("cycle {}", cycle));
      throw;
    }
    cycles_[static_cast<std::size_t>(loop)] = cycle;
    outcome.cycles = cycle;
    if (spec.until == nullptr) {
      observer_.cycle_finished(spec.name, cycle, cycle == spec.at_most, outcome.reason);
      continue;
    }
    const StopVerdict verdict = judge(loop, cycle);
    outcome.converged = verdict.stop;
    outcome.reason = verdict.reason;
    if (verdict.stop) outcome.rule = verdict.rule.empty() ? spec.until->name : verdict.rule;
    observer_.cycle_finished(spec.name, cycle, outcome.converged, outcome.reason);
    if (outcome.converged) break;
  }
  return outcome;
}

StopVerdict Engine::judge(int loop, int cycle) const {
  const auto rule = build<StopRule>(*graph_.loops[static_cast<std::size_t>(loop)]->until);
  StopEvidences evidence;
  for (const StageReference& reference : rule->of()) {
    StopEvidence entry = evidence_of(artifact_folder(folder_, cycle, reference.stage), reference);
    if (cycle > 1)
      entry.previous = std::make_shared<const StopEvidence>(
          evidence_of(artifact_folder(folder_, cycle - 1, reference.stage), reference));
    evidence[reference.stage] = std::move(entry);
  }
  return rule->judge(evidence);
}

void Engine::run_scope(const std::vector<std::size_t>& nodes, int cycle) {
  std::vector<std::vector<std::size_t>> after(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const std::size_t before : graph_.nodes[nodes[i]].after)
      if (const auto at = std::find(nodes.begin(), nodes.end(), before); at != nodes.end())
        after[i].push_back(static_cast<std::size_t>(at - nodes.begin()));
  Scheduler scheduler(
      std::move(after),
      [&](std::size_t i) {
        execute({nodes[i], cycle});
      },
      [&](std::size_t i, const std::string& message) {
        observer_.stage_failed(graph_.nodes[nodes[i]].spec->name, cycle, message);
      });
  scheduler.run(static_cast<std::size_t>(executor_.threads()));
}

std::vector<fs::path> Engine::inputs(const StageReference& reference, Execution reader) const {
  using Which = StageReference::Which;
  const auto source = static_cast<std::size_t>(graph_.find(reference.stage));
  const int loop = graph_.nodes[source].loop;
  const bool same_loop = loop >= 0 && loop == graph_.nodes[reader.node].loop;
  const int finished = loop < 0 ? 0 : cycles_[static_cast<std::size_t>(loop)];
  const auto folder = [&](int cycle) { return artifact_folder(folder_, cycle, reference.stage); };
  if (loop < 0) return {folder(0)};
  if (reference.which == Which::here) return {folder(same_loop ? reader.cycle : finished)};
  if (reference.which == Which::previous) {
    if (reader.cycle <= 1) return {};
    return {folder(reader.cycle - 1)};
  }
  const int last = same_loop ? (source < reader.node ? reader.cycle : reader.cycle - 1) : finished;
  std::vector<fs::path> out;
  for (int cycle = 1; cycle <= last; ++cycle) out.push_back(folder(cycle));
  return out;
}

/// A finished output is used again only if it is byte for byte what was finished.
void Engine::reuse(Execution execution, const fs::path& finished) {
  const StageSpec& spec = *graph_.nodes[execution.node].spec;
  StageRecord record;
  record.stage = spec.name;
  record.cycle = execution.cycle;
  record.verb = spec.stage->declaration->name;
  record.artifact = spec.stage->declaration->artifact;
  record.folder = finished;
  if (const auto wrong = manifest_.verify(finished); !wrong.empty())
    throw StorageError(fmt::format("{}/{}; restore it, or remove {} to have it made again", folder_.string(),
                                   wrong.front().text(), finished.string()));
  if (!manifest_.lists(finished)) {
    record.warnings.push_back(finished.string() + " is not in the manifest; it is taken as it is");
    observer_.stage_warned(record.stage, record.cycle, record.warnings.back());
    manifest_.record(finished);
  }
  observer_.stage_reused(record);
}

void Engine::execute(Execution execution) {
  const StageSpec& spec = *graph_.nodes[execution.node].spec;
  const fs::path finished = artifact_folder(folder_, execution.cycle, spec.name);
  if (fs::exists(finished)) {
    reuse(execution, finished);
    return;
  }
  if (stop_)
    throw Interrupted(
        fmt::format("interrupted before stage {}; go on with: liftwell resume {}", spec.name, folder_.string()));
  fs::path partial = finished;
  partial += ".partial";
  std::error_code failure;
  const bool resumed = !fs::create_directories(partial, failure) && !failure && !fs::is_empty(partial);
  if (failure) throw StorageError("cannot create the folder " + partial.string() + ": " + failure.message());

  observer_.stage_started(spec.name, execution.cycle, resumed);
  const auto begin = std::chrono::steady_clock::now();
  RunningStage context(*this, spec, execution.cycle, partial,
                       [&](const StageReference& reference) { return inputs(reference, execution); });
  try {
    build<Stage>(*spec.stage)->run(context);
  } catch (Error& error) {
    error.add_context("stage " + spec.name);
    throw;
  } catch (const std::bad_alloc&) {
    throw RunError("stage " + spec.name + ": out of memory; use fewer walkers, a larger stride or max_frames");
  } catch (const fs::filesystem_error& error) {
    throw StorageError(fmt::format("stage {}: {}", spec.name, as_storage_error("use", error).what()));
  } catch (const std::exception& error) {
    throw unexpected(spec.name, error.what());
  } catch (...) {
    throw unexpected(spec.name, "an exception of an unknown type");
  }
  StageRecord record = context.record();
  record.folder = finished;
  record.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  observer_.stage_finished(record);
  manifest_.record(partial, finished);
  rename_folder(partial, finished);
}

}  // namespace liftwell
