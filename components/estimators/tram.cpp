// SPDX-License-Identifier: MIT
// TRAM: free energy from transitions and from the bias energies of single frames together.
#include "liftwell/registry/registry.hpp"
#include "local_equilibrium.hpp"
#include "tram_equations.hpp"

namespace liftwell {
namespace {

using Options = MarkovOptions;

/// Needs frames that are in equilibrium within cells only, as dtram does, and takes every frame's own bias energies,
/// as mbar does: cells may be wide in the biased variables, and must be narrow only in those in which walkers are
/// slow. With walkers that forgot their starts it agrees with mbar.
class Tram final : public Estimator {
 public:
  explicit Tram(const Options& options) : options_(options) {}

  std::string misfit(const PlannedData& data) const override { return misfit_of(options_, data); }

  FreeEnergy estimate(const EstimationRequest& request) const override {
    MarkovData data(request, options_);
    return local_profile<TramSolution>(request, "tram", data, options_, [&](const CellModel& model) {
      const auto equations = std::make_shared<const TramEquations>(model, request.executor);
      return [&, equations](const Vector& weights, const TramSolution* start) {
        return equations->solve(weights, start == nullptr ? options_.tolerance : replicate_tolerance,
                                static_cast<int>(options_.max_steps), request.executor, start);
      };
    });
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(tram) {
  return markov_parameters(
             Declaration<Estimator, Options>(
                 "tram", "Free energy from transitions between cells and bias energies of single frames.")
                 .reference(
                     "Wu, Paul, Wehmeyer, Noe, PNAS 113, E3221 (2016), eqs 15 to 19; errors by Bayesian bootstrap."))
      .example("{type: tram, cells: {further: {type: coordinate, index: 0}, further_widths: 4}}")
      .creates<Tram>();
}

}  // namespace liftwell
