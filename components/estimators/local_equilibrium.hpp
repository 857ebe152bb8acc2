// SPDX-License-Identifier: MIT
// What the estimators share that need local equilibrium only: they use transitions between cells, so the weights
// with which walkers were started in one cell or another do not enter.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "cell_model.hpp"
#include "groups.hpp"

namespace liftwell {

struct MarkovOptions {
  CellOptions cells;
  std::optional<double> lag;
  double tolerance = 1e-6;
  std::int64_t max_steps = 200;
  std::int64_t replicates = 100;
  std::int64_t max_frames = 500'000;
};

/// What is wrong with the data for these options; "" where nothing is, as far as is known.
[[nodiscard]] std::string misfit_of(const MarkovOptions& options, const PlannedData& data);

/// Adds the parameters of MarkovOptions to the declaration of an estimator whose Options derive from it.
template <class Options>
Declaration<Estimator, Options> markov_parameters(Declaration<Estimator, Options>&& declaration) {
  const auto of = []<class T>(T MarkovOptions::*member) { return static_cast<T Options::*>(member); };
  return std::move(declaration)
      .group("cells", of(&MarkovOptions::cells), "Cells that transitions are counted between.", cell_parameters())
      .parameter("lag", of(&MarkovOptions::lag), unit::time,
                 "Time between the frames that a transition is counted from and to; one frame when left out.", above(0))
      .parameter("tolerance", of(&MarkovOptions::tolerance), unit::thermal,
                 "Largest change of a free energy by the last Newton step.", above(0))
      .parameter("max_steps", of(&MarkovOptions::max_steps), unit::none, "Most Newton steps.", at_least(1))
      .parameter("replicates", of(&MarkovOptions::replicates), unit::none, "Bootstrap replicates for the error bars.",
                 at_least(2))
      .parameter("max_frames", of(&MarkovOptions::max_frames), unit::none,
                 "Most frames to use; more are thinned evenly.", at_least(1));
}

/// Frames, their cells and what connects them, ready to be solved.
class MarkovData {
 public:
  MarkovData(const EstimationRequest& request, const MarkovOptions& options)
      : further(options.cells.further), frames(read(request, options, further)) {
    cells = make_cells(frames, request, options.cells, further);
    lag = lag_frames(frames, options.lag);
    const auto transitions = count_transitions(frames, cells, lag);
    if (transitions.empty())
      throw InputError("no walker has two frames a lag time apart; simulate longer or use a shorter lag time");
    connectivity = connect(cells, transitions, count_transitions(frames, cells, lag_frames(frames, options.lag, 2)));
    if (cells.count > 1 && std::ssize(connectivity.frames) == cells.count)
      throw InputError(
          fmt::format("walkers do not come back to the cells they leave: {} frames lie in {} cells, no two of "
                      "which they go between both ways; use wider cells, or simulate longer",
                      frames.size(), cells.count));
    sets = report_unconnected(frames, cells, connectivity, request, further);
    layout.emplace(frames, request);
    thermal_energy_ = request.thermal_energy;
    model_of(0);
  }
  MarkovData(const MarkovData&) = delete;
  MarkovData& operator=(const MarkovData&) = delete;

  /// Goes on with one set alone: what others hold of the same bins does not matter.
  void choose(const CellSet& set) {
    frames.notes.clear();
    frames.left_out.clear();
    for (const CellSet& other : sets)
      if (other.number != set.number) frames.left_out.push_back(other.frames);
    if (set.number != chosen_) model_of(set.number);
    unanswered.assign(unanswered.size(), 0);
  }

  /// The lag as a time.
  [[nodiscard]] double lag_time() const { return static_cast<double>(lag.front()) * frames.walkers.front().frame_time; }

  CoarseMap further;
  SampledFrames frames;
  Cells cells;
  std::vector<Index> lag;  ///< per walker, in frames
  Connectivity connectivity;
  std::vector<CellSet> sets;  ///< those that count, the first of them that of the model at first
  std::optional<ProfileSums> layout;
  std::vector<char> unanswered;
  std::optional<CellModel> model;

 private:
  void model_of(Index set) {
    unanswered = unanswered_rows(frames, cells, connectivity, *layout, set);
    model.emplace(frames, cells, connectivity, thermal_energy_, set);
    chosen_ = set;
  }

  double thermal_energy_ = 0;
  Index chosen_ = 0;  ///< the set of the model

  static SampledFrames read(const EstimationRequest& request, const MarkovOptions& options, const CoarseMap& further) {
    for (const BiasedEnsemble& item : request.data)
      if (const std::string misfit = further.misfit(item.ensemble->info().dimension); !misfit.empty())
        throw InputError("the further variables of the cells do not fit stage " + item.ensemble->info().stage + ": " +
                         misfit);
    return read_frames(request, options.max_frames, further.size() > 0 ? &further : nullptr);
  }
};

/// Returns a Solution with `sample_weights` and `outcome` for weights of the blocks; the last argument is the solution
/// of the full data for replicates, else null.
template <class Solution>
using CellSolver = std::function<Solution(const Vector&, const Solution*)>;

/// Sees the full solution (replicate −1) and those of the replicates.
template <class Solution>
using SolutionVisitor = std::function<void(Index, const Vector&, const Solution&)>;

/// What a profile is made of, for one set of cells.
struct SetSums {
  Vector sums;
  Matrix replicates;
};

/// Of the set of cells that data.model holds.
template <class Solution>
SetSums solve_set(const EstimationRequest& request, const std::string& estimator, MarkovData& data,
                  const MarkovOptions& options, const CellSolver<Solution>& solve,
                  const SolutionVisitor<Solution>& inspect) {
  const Vector ones = Vector::Ones(static_cast<Index>(data.frames.block_state.size()));
  const Solution full = solve(ones, nullptr);
  if (!full.outcome.converged)
    data.frames.notes.push_back(
        fmt::format("{} did not reach its tolerance of {:.1e} kT in {} steps: the last one changed a free energy by "
                    "{:.1e} kT",
                    estimator, options.tolerance, full.outcome.steps, full.outcome.last_change));
  const auto sums_of = [&](const Solution& solution, const Vector& weights) {
    return weighed_sums(*data.model, *data.layout, solution.sample_weights, weights);
  };
  inspect(-1, ones, full);
  const Matrix weights = smooth_bootstrap_weights(data.frames, options.replicates, request.stream);
  SetSums out{sums_of(full, ones), Matrix::Constant(data.layout->size(), options.replicates, std::nan(""))};
  std::vector<char> failed(static_cast<std::size_t>(options.replicates), 0);
  request.executor.for_each(options.replicates, [&](Index r) {
    const Vector own = weights.col(r);
    const Solution solution = solve(own, &full);
    failed[static_cast<std::size_t>(r)] = !solution.outcome.converged;
    if (!solution.outcome.converged) return;
    out.replicates.col(r) = sums_of(solution, own);
    inspect(r, own, solution);
  });
  note_failures(data.frames, std::count(failed.begin(), failed.end(), 1), options.replicates);
  return out;
}

/// The profile of a set, without what data.unanswered names.
inline FreeEnergy profile_of_set(const EstimationRequest& request, const std::string& estimator, const MarkovData& data,
                                 SetSums set) {
  for (Index row = 0; row < set.sums.size(); ++row)
    if (data.unanswered[static_cast<std::size_t>(row)] != 0) {
      set.sums[row] = 0;
      set.replicates.row(row).setZero();
    }
  return make_profile(request, estimator, *data.layout, set.sums, set.replicates, data.frames,
                      {});  // what is known comes of transitions, of which frames say little
}

/// The profile of the largest set of cells, without bins that others share; where there are others, the profiles of
/// all sets beside it. `solver_of` makes a CellSolver of the CellModel of a set; `inspect` sees solutions of the
/// largest.
template <class Solution, class SolverOf>
FreeEnergy local_profile(
    const EstimationRequest& request, const std::string& estimator, MarkovData& data, const MarkovOptions& options,
    const SolverOf& solver_of,
    const SolutionVisitor<Solution>& inspect = [](Index, const Vector&, const Solution&) {}) {
  SetSums sums = solve_set<Solution>(request, estimator, data, options, solver_of(*data.model), inspect);
  FreeEnergy out = profile_of_set(request, estimator, data, sums);
  if (data.sets.size() == 1) return out;
  for (std::size_t s = 0; s < data.sets.size(); ++s) {
    const CellSet& set = data.sets[s];
    const std::string& name = set.frames.name;
    try {
      data.choose(set);
      if (s > 0)
        sums = solve_set<Solution>(request, estimator, data, options, solver_of(*data.model),
                                   [](Index, const Vector&, const Solution&) {});
      add_group(out, profile_of_set(request, estimator, data, sums), name);
    } catch (const Error& error) {
      out.notes.push_back(fmt::format("{}: no free energy of their own: {}", name, error.what()));
    }
  }
  return out;
}

/// Free energies of replicates, in kT: far below any error worth estimating.
inline constexpr double replicate_tolerance = 1e-3;

}  // namespace liftwell
