// SPDX-License-Identifier: MIT
// Discrete TRAM: free energy from transitions between cells under several biases.
#include <cmath>
#include <utility>

#include "discrete_tram.hpp"
#include "liftwell/registry/registry.hpp"
#include "local_equilibrium.hpp"

namespace liftwell {
namespace {

using Options = MarkovOptions;

/// Reduced energies of a state's own bias at its own frames, listed in `rows`.
Vector own_bias_energies(const SampledFrames& frames, const SampledState& state, const std::vector<Index>& rows,
                         double thermal_energy) {
  const auto count = static_cast<Index>(rows.size());
  const Matrix& values = frames.bias_coarse[static_cast<std::size_t>(state.bias)];
  BlockBuffer xi(values.cols(), count), centre(values.cols(), count), energy(1, count);
  for (Index c = 0; c < values.cols(); ++c) {
    centre.block().row(c).setConstant(state.centre[c]);
    for (Index n = 0; n < count; ++n) xi.block()(c, n) = values(rows[static_cast<std::size_t>(n)], c);
  }
  frames.biases[static_cast<std::size_t>(state.bias)]->evaluate(
      std::as_const(xi).block(), std::as_const(centre).block(), energy.block().data(), {});
  Vector out(count);
  for (Index n = 0; n < count; ++n) out[n] = energy.block()(0, n) / thermal_energy;
  return out;
}

/// Notes the state whose bias varies most within cells, where that is more than the method can overlook.
void note_varying_bias(SampledFrames& frames, const Cells& cells, double thermal_energy) {
  constexpr double tolerable = 0.3;  // root mean square within cells, in kT; a whole window has some 0.7
  std::vector<std::vector<Index>> rows(frames.states.size());
  for (Index n = 0; n < frames.size(); ++n)
    rows[static_cast<std::size_t>(frames.state[static_cast<std::size_t>(n)])].push_back(n);
  double most = 0;
  std::size_t where = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (frames.states[k].bias < 0 || rows[k].empty()) continue;
    const Vector energy = own_bias_energies(frames, frames.states[k], rows[k], thermal_energy);
    Vector sum = Vector::Zero(cells.count), count = Vector::Zero(cells.count);
    const auto cell = [&](Index i) { return cells.of[static_cast<std::size_t>(rows[k][static_cast<std::size_t>(i)])]; };
    for (Index i = 0; i < energy.size(); ++i) sum[cell(i)] += energy[i], count[cell(i)] += 1;
    double squares = 0;
    for (Index i = 0; i < energy.size(); ++i) squares += std::pow(energy[i] - sum[cell(i)] / count[cell(i)], 2);
    if (const double rms = std::sqrt(squares / static_cast<double>(energy.size())); rms > most) most = rms, where = k;
  }
  if (most > tolerable)
    frames.notes.push_back(
        fmt::format("the bias of {} varies within cells by {:.2g} kT (root mean square), and dtram takes it for "
                    "constant there: use narrower cells, or tram, which takes every frame's own bias",
                    detail::describe(frames.states[where]), most));
}

/// Needs frames that are in equilibrium within cells only: what walkers were started with does not enter, as long
/// as some of them go between any two sets of cells both ways. Takes a bias for constant within a cell, so cells
/// are to be small against its standard deviation; frames of a cell share its weight equally.
class Dtram final : public Estimator {
 public:
  explicit Dtram(const Options& options) : options_(options) {}

  std::string misfit(const PlannedData& data) const override { return misfit_of(options_, data); }

  FreeEnergy estimate(const EstimationRequest& request) const override {
    MarkovData data(request, options_);
    note_varying_bias(data.frames, data.cells, request.thermal_energy);
    return local_profile<DiscreteSolution>(request, "dtram", data, options_, [&](const CellModel& model) {
      return [&](const Vector& weights, const DiscreteSolution* start) {
        return solve_discrete(model, weights, start == nullptr ? options_.tolerance : replicate_tolerance,
                              static_cast<int>(options_.max_steps), request.executor, start);
      };
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
