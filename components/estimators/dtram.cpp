// SPDX-License-Identifier: MIT
// Discrete TRAM: free energy from transitions between cells under several biases.
#include "discrete_tram.hpp"
#include "liftwell/registry/registry.hpp"
#include "local_equilibrium.hpp"

namespace liftwell {
namespace {

using Options = MarkovOptions;

/// Needs frames that are in equilibrium within cells only: what walkers were started with does not enter, as long
/// as some of them go between any two sets of cells both ways. Takes a bias for constant within a cell, so cells
/// are to be small against its standard deviation; frames of a cell share its weight equally.
class Dtram final : public Estimator {
 public:
  explicit Dtram(const Options& options) : options_(options) {}

  FreeEnergy estimate(const EstimationRequest& request) const override {
    MarkovData data(request, options_);
    return local_profile<DiscreteSolution>(
        request, "dtram", data, options_, [&](const Vector& weights, const DiscreteSolution* start) {
          return solve_discrete(*data.model, weights, start == nullptr ? options_.tolerance : replicate_tolerance,
                                static_cast<int>(options_.max_steps), request.executor, start);
        });
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(dtram) {
  return markov_parameters(Declaration<Estimator, Options>(
                               "dtram", "Free energy from transitions between cells under several biases.")
                               .reference("Wu, Mey, Rosta, Noe, J. Chem. Phys. 141, 214106 (2014), eqs 8 to 10; errors "
                                          "by Bayesian bootstrap."))
      .example("{type: dtram, cells: {further: {type: coordinate, index: 0}, further_widths: 4}}")
      .creates<Dtram>();
}

}  // namespace liftwell
