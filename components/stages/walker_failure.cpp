// SPDX-License-Identifier: MIT
#include "walker_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "liftwell/families/bias_stability.hpp"
#include "liftwell/store/hdf5.hpp"
#include "walker_tile.hpp"

namespace liftwell {
namespace {

namespace fs = std::filesystem;

/// Warnings in full, of each kind; the rest is one line.
constexpr std::size_t told_in_full = 5;

constexpr const char* remedy = "use a smaller timestep or better starts";

/// "(0.1, 0.2, 0.3)"; long states are cut.
std::string vector_text(const Vector& values) {
  const Index shown = std::min<Index>(values.size(), 6);
  std::string out = "(";
  for (Index i = 0; i < shown; ++i) out += fmt::format("{}{:.6g}", i > 0 ? ", " : "", values[i]);
  return out + (shown < values.size() ? ", ...)" : ")");
}

/// Beside the artifacts, so that a later resume does not take it for one.
fs::path state_file(const WalkerFailure& failure, const StageContext& context) {
  return context.folder().parent_path().parent_path().parent_path() / "failures" /
         fmt::format("{}-cycle-{}-walker-{}.h5", context.stage(), context.cycle(), failure.walker);
}

void save_state(const WalkerFailure& failure, const fs::path& file) {
  std::error_code unmade;  // then writing the file says why
  fs::create_directories(file.parent_path(), unmade);
  Hdf5Writer writer(file);
  writer.array("position", Matrix(failure.position.transpose()));
  if (failure.velocity.size() > 0) writer.array("velocity", Matrix(failure.velocity.transpose()));
  writer.attribute("content", fmt::format("last good state of walker {} before step {}", failure.walker, failure.step));
  writer.save();
}

/// Saves the state and says where, and all the rest. A state that cannot be saved (disk full) is said
/// too: it must not hide why the walker was lost.
std::string told(const WalkerFailure& failure, const StageContext& context) {
  const fs::path file = state_file(failure, context);
  std::string kept = "state saved in " + file.string();
  try {
    save_state(failure, file);
  } catch (const StorageError& error) {
    kept = fmt::format("its state is not saved ({})", error.what());
  }
  const std::string unit = context.unit("energy");
  return fmt::format("walker {} left the finite range at step {}; last good coordinates {}{}; {}{}", failure.walker,
                     failure.step, vector_text(failure.position),
                     std::isnan(failure.energy)
                         ? ""
                         : fmt::format(", energy {:.6g}{}", failure.energy, unit == "energy" ? "" : " " + unit),
                     failure.overstep, kept);
}

/// "3, 5, 8 and 12 more"
std::string numbers_text(const std::vector<Index>& walkers) {
  const std::size_t shown = walkers.size() > 12 ? 10 : walkers.size();
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) out += fmt::format("{}{}", i > 0 ? ", " : "", walkers[i]);
  return out + (shown < walkers.size() ? fmt::format(" and {} more", walkers.size() - shown) : "");
}

/// Of the places that a walker went through before it was lost, one step apart: the first of those at the end that were
/// all too stiff for the step. Beyond it coordinates grow by themselves, and what is stiff there says little.
std::string overstep_text(const SimulationPlan& plan, Index walker, Index step, const std::deque<Vector>& trail) {
  const Vector centre = plan.bias != nullptr ? Vector(plan.centres.row(walker)) : Vector();
  std::optional<Overstep> first;
  Vector place;
  for (auto at = trail.rbegin(); at != trail.rend(); ++at, --step) {
    const auto here = overstep(*plan.system, plan.bias, centre, *at);
    if (!here) break;
    first = here;
    place = *at;
  }
  if (!first) return {};
  const Index begin = step + 1;
  const bool whole = begin > 0 && place == trail.front();
  return fmt::format(
      "the time step of {:.4g} is too long from {} at step {} on{}: {} a curvature of {:.4g} energy/length^2 there, "
      "for which steps are stable below {:.3g}; ",
      plan.system->timestep(), vector_text(place), begin, whole ? ", if not before" : "",
      plan.bias != nullptr ? "potential and bias together have" : "the potential has", first->curvature,
      first->timestep);
}

}  // namespace

WalkerFailure examine(const SimulationPlan& plan, Index first, Index lanes, Index lane, const WalkerStates& before,
                      Index first_step, Index steps, const std::function<void(Tile&, Index step)>& advance) {
  Tile tile(plan, first, lanes);
  tile.load(before);
  constexpr std::size_t remembered = 64;
  std::deque<Vector> trail;
  WalkerFailure out{.walker = tile.walker(lane), .frame_step = first_step, .step = first_step};
  for (; out.step < first_step + steps; ++out.step) {
    out.position = tile.position(lane);
    out.velocity = tile.velocity(lane);
    out.energy = tile.energy(lane);
    trail.push_back(out.position);
    if (trail.size() > remembered) trail.pop_front();
    advance(tile, out.step);
    if (!tile.healthy(lane)) break;
  }
  out.overstep = overstep_text(plan, out.walker, out.step, trail);
  if (out.overstep.empty())
    if (const auto fault = plan.system->misfit(out.position); !fault.empty()) out.overstep = fault + "; ";
  return out;
}

void FailureLog::lost(WalkerFailure failure, Index attempts) {
  failure.attempts = attempts;
  const std::lock_guard lock(mutex_);
  lost_.emplace(failure.walker, std::move(failure));
}

void FailureLog::retried(Index walker, const std::function<WalkerFailure()>& examined) {
  const std::lock_guard lock(mutex_);
  const auto found = retried_.find(walker);
  if (found != retried_.end())
    ++found->second.count;
  else
    retried_.emplace(walker, Retries{examined(), 1});
}

const WalkerFailure* FailureLog::first_lost() const {
  const WalkerFailure* first = nullptr;
  for (const auto& [walker, failure] : lost_)
    if (first == nullptr || failure.frame_step < first->frame_step) first = &failure;
  return first;
}

void FailureLog::stop_run(StageContext& context, const std::string& choice) const {
  if (const WalkerFailure* failure = first_lost())
    throw RunError(fmt::format("{}; {}{}", told(*failure, context), remedy, choice));
}

void FailureLog::require_survivor(std::size_t walkers, const std::vector<Index>& dropped, StageContext& context) const {
  if (dropped.size() < walkers) return;
  const WalkerFailure* failure = first_lost();
  throw RunError(fmt::format("every walker was lost{}; {}",
                             failure != nullptr ? ", the first: " + told(*failure, context) : "", remedy));
}

void FailureLog::warn(const std::vector<Index>& dropped, StageContext& context) const {
  std::vector<Index> untold;
  std::size_t count = 0;
  for (const Index walker : dropped) {
    const auto found = lost_.find(walker);
    // Not found: dropped in an earlier attempt of this stage, before an interruption.
    if (found != lost_.end() && count++ < told_in_full)
      context.warn(told(found->second, context) + "; it was dropped" +
                   (found->second.attempts > 0
                        ? fmt::format(": {} attempts with fresh noise failed too", found->second.attempts)
                        : ""));
    else
      untold.push_back(walker);
  }
  if (!untold.empty())
    context.warn(fmt::format("{} {}walkers left the finite range and were dropped: {}", untold.size(),
                             count > 0 ? "more " : "", numbers_text(untold)));
  untold.clear();
  count = 0;
  for (const auto& [walker, retries] : retried_) {
    if (count++ < told_in_full)
      context.warn(fmt::format("{}; it went on with fresh noise ({} time{})", told(retries.first, context),
                               retries.count, retries.count > 1 ? "s" : ""));
    else
      untold.push_back(walker);
  }
  if (!untold.empty())
    context.warn(fmt::format("{} more walkers left the finite range and went on with fresh noise: {}", untold.size(),
                             numbers_text(untold)));
}

}  // namespace liftwell
