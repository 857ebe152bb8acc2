// SPDX-License-Identifier: MIT
// Reversible Markov state model: free energy and implied timescales from transitions between cells.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "discrete_tram.hpp"
#include "liftwell/registry/registry.hpp"
#include "local_equilibrium.hpp"

namespace liftwell {
namespace {

struct Options : MarkovOptions {
  std::int64_t timescales = 3;
};

/// The transition matrix of largest likelihood in detailed balance, of the unbiased data; biased data beside them
/// take part through dTRAM, which adds their transitions to what is known of the stationary law. The implied
/// timescales −τ/ln λ are constant in the lag τ where the cells make the dynamics Markovian: the table has them at
/// multiples of the lag, with standard errors: of the middle 68 % of replicates, because in a few of them
/// a cell that is hardly visited makes a slow process of its own. What decays to noise within the lag is not told.
class MarkovStateModel final : public Estimator {
 public:
  explicit MarkovStateModel(const Options& options) : options_(options) {}

  std::string misfit(const PlannedData& data) const override {
    for (const PlannedEnsemble& ensemble : data.ensembles)
      if (!ensemble.biased) return misfit_of(options_, data);
    return "holds biased frames only, but a Markov state model needs unbiased data among them; use dtram or tram";
  }

  FreeEnergy estimate(const EstimationRequest& request) const override {
    MarkovData data(request, options_);
    const Vector ones = Vector::Ones(static_cast<Index>(data.frames.block_state.size()));
    const std::optional<std::size_t> unbiased = unbiased_state(*data.model);
    if (!unbiased) {
      const auto& states = data.frames.states;
      const bool some = std::any_of(states.begin(), states.end(), [](const auto& state) { return state.bias < 0; });
      throw InputError(some
                           ? "no unbiased walker comes back to a cell it left, in the largest set of cells that is "
                             "connected; use wider cells, or simulate longer without bias"
                           : "a Markov state model needs transitions of unbiased simulations among its cells, and here "
                             "are none; add some, or use dtram or tram, which take biased data alone");
    }
    Table by_lag = timescales_by_lag(data, request, ones);
    const double least = least_timescale(*data.model, *unbiased, data.lag_time(), data.lag.front());

    const Index replicates = options_.replicates;
    Vector timescales;
    Matrix spread = Matrix::Constant(options_.timescales, replicates, std::nan(""));
    const SolutionVisitor<DiscreteSolution> inspect = [&](Index r, const Vector& weights,
                                                          const DiscreteSolution& solution) {
      const Vector found =
          implied_timescales(*data.model, solution, *unbiased, weights, data.lag_time(), options_.timescales);
      if (r < 0)
        timescales = found;
      else
        spread.col(r) = found;
    };
    FreeEnergy out = local_profile<DiscreteSolution>(
        request, "markov_state_model", data, options_,
        [&](const CellModel& model) {
          return [&](const Vector& weights, const DiscreteSolution* start) {
            return solve_discrete(model, weights, start == nullptr ? options_.tolerance : replicate_tolerance,
                                  static_cast<int>(options_.max_steps), request.executor, start);
          };
        },
        inspect);
    Table at_lag{"Implied timescales at the lag time",
                 {{"process", "", 0}, {"timescale", "time", 5}, {"standard error", "time", 5}},
                 {}};
    for (Index m = 0; m < timescales.size(); ++m)
      add_timescale(at_lag.rows.emplace_back(std::vector<Cell>{static_cast<double>(m + 1)}), timescales[m],
                    spread.row(m).transpose(), least);
    out.tables.push_back(std::move(at_lag));
    out.tables.push_back(std::move(by_lag));
    return out;
  }

 private:
  /// Its value and error, or that it lies below what can be told.
  static void add_timescale(std::vector<Cell>& row, double timescale, const Vector& replicates, double least) {
    if (timescale <= least) {
      row.emplace_back(std::isfinite(least) ? fmt::format("below {:.2g}", least) : "not resolved");
      row.emplace_back("");
    } else {
      row.emplace_back(timescale);
      row.emplace_back(detail::central_spread(replicates));
    }
  }

  static std::optional<std::size_t> unbiased_state(const CellModel& model) {
    for (std::size_t t = 0; t < model.transitions().size(); ++t)
      if (model.frames().states[static_cast<std::size_t>(model.transitions()[t].state)].bias < 0) return t;
    return std::nullopt;
  }

  /// At multiples of the lag, as far as the longest walker has 4 of it one after another.
  [[nodiscard]] Table timescales_by_lag(const MarkovData& data, const EstimationRequest& request,
                                        const Vector& ones) const {
    constexpr Index most_replicates = 30;  // an error to compare timescales by needs no more
    Table out{"Implied timescales by lag time", {{"lag", "time", 5}, {"cells", "", 0}}, {}};
    for (Index m = 0; m < options_.timescales; ++m) {
      out.columns.push_back({fmt::format("timescale {}", m + 1), "time", 5});
      out.columns.push_back({"standard error", "time", 5});
    }
    const Matrix weights =
        smooth_bootstrap_weights(data.frames, std::min(most_replicates, options_.replicates), request.stream);
    Index longest = 0;
    for (std::size_t w = 0; w < data.lag.size(); ++w)
      longest = std::max(longest, (data.frames.walkers[w].count - 1) / (4 * data.lag[w]));
    for (const Index multiple : {1, 2, 3, 4, 6, 8, 12, 16}) {
      if (multiple > std::max<Index>(1, longest)) break;
      const auto lag = lag_frames(data.frames, options_.lag, multiple);
      const Connectivity connectivity = connect(data.cells, count_transitions(data.frames, data.cells, lag));
      const CellModel model(data.frames, data.cells, connectivity, request.thermal_energy);
      const auto unbiased = unbiased_state(model);
      if (!unbiased) break;
      const DiscreteSolution solution =
          solve_discrete(model, ones, options_.tolerance, static_cast<int>(options_.max_steps), request.executor);
      if (!solution.outcome.converged) break;
      const double time = static_cast<double>(multiple) * data.lag_time();
      auto& row = out.rows.emplace_back(std::vector<Cell>{time, static_cast<double>(model.cells())});
      const Vector timescales = implied_timescales(model, solution, *unbiased, ones, time, options_.timescales);
      Matrix spread = Matrix::Constant(timescales.size(), weights.cols(), std::nan(""));
      request.executor.for_each(weights.cols(), [&](Index r) {
        const DiscreteSolution own = solve_discrete(model, weights.col(r), replicate_tolerance,
                                                    static_cast<int>(options_.max_steps), request.executor, &solution);
        if (own.outcome.converged)
          spread.col(r) = implied_timescales(model, own, *unbiased, weights.col(r), time, options_.timescales);
      });
      const double least = least_timescale(model, *unbiased, time, lag.front());
      for (Index m = 0; m < timescales.size(); ++m) add_timescale(row, timescales[m], spread.row(m).transpose(), least);
    }
    return out;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(markov_state_model) {
  return markov_parameters(
             Declaration<Estimator, Options>("markov_state_model",
                                             "Free energy and implied timescales from transitions of unbiased walkers.")
                 .reference("Trendelkamp-Schroer, Wu, Paul, Noe, J. Chem. Phys. 143, 174101 (2015), eq. 9; biased data "
                            "by dTRAM, J. Chem. Phys. 141, 214106 (2014); errors by Bayesian bootstrap."))
      .parameter("timescales", &Options::timescales, unit::none, "Number of implied timescales.", at_least(1))
      .example("{type: markov_state_model, cells: {further: {type: coordinate, index: 0}, further_widths: 4}}")
      .creates<MarkovStateModel>();
}

}  // namespace liftwell
