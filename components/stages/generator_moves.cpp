// SPDX-License-Identifier: MIT
#include "generator_moves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"
#include "walker_start.hpp"

namespace liftwell {
void MoveOptions::check(Problems& problems) const {
  if (!model.empty() && !sampler)
    problems.add("sampler", "is needed to draw proposals and their densities", "",
                 "a sampler of the probability-flow ODE, such as dormand_prince");
  if (model.empty() && sampler) problems.add("model", "is needed for moves", "", "the stage that trained the model");
}

Group<MoveOptions> move_parameters() {
  return Group<MoveOptions>()
      .parameter(
          "model", &MoveOptions::model, unit::none,
          "Stage that trained the model: with label noise sqrt(kT/stiffness) of the windows' bias, or holding its "
          "coarse variables; several take turns. Unset, or without a run so far: no moves.")
      .parameter("every", &MoveOptions::every, unit::none, "Steps between proposals; a multiple of stride.",
                 at_least(1))
      .parameter(
          "sampler", &MoveOptions::sampler, unit::none,
          "Draws the proposals: a sampler of the probability-flow ODE, whose error is the only one that moves add.");
}

void check_moves(const MoveOptions& options, const System& system, const Bias* bias, std::int64_t stride,
                 CheckContext& context) {
  if (options.model.empty()) return;
  if (options.every % stride != 0)
    context.error("moves",
                  fmt::format("come every {} steps, which is not a multiple of stride ({})", options.every, stride));
  if (!system.abilities().energies) context.error("moves", "need a system that can tell the energy of a state");
  if (options.sampler && options.sampler.build()->ode() == nullptr)
    context.error("moves",
                  fmt::format("need proposals whose density is known, and '{}' is stochastic", options.sampler.name()),
                  "a sampler of the probability-flow ODE, such as dormand_prince or heun");
  for (const Shape& model : context.shapes(options.model.references)) {
    if (model.dimension != 0 && model.dimension != system.dimension())
      context.error("moves", fmt::format("use a model of states of dimension {}, but the system has dimension {}",
                                         model.dimension, system.dimension()));
    if (model.holds_condition) continue;
    if (bias != nullptr && !bias->centred()) {
      context.error("moves", "use a model with label noise, which proposes states of windows, but the bias has none");
      continue;
    }
    if (bias == nullptr)
      context.error("moves", "use a model with label noise, which proposes states of windows, but there is no bias",
                    "a bias, or a model with conditioning: held");
    else if (bias->coarse().names() != model.coarse)
      context.error("moves", fmt::format("use a model conditioned on {}, but the windows are values of {}",
                                         fmt::join(model.coarse, ", "), fmt::join(bias->coarse().names(), ", ")));
  }
}

GeneratorMoves::GeneratorMoves(const MoveOptions& options, const System& system, const Bias* bias,
                               const Matrix& centres, StageContext& context)
    : sampler_(options.sampler.build()),
      system_(system),
      law_(system, bias),
      centres_(centres),
      proposals_(context.stream("proposals of moves")),
      decisions_(context.stream("decisions on moves")),
      velocities_(context.stream("velocities after moves")),
      executor_(context.executor()) {
  for (const auto& folder : context.inputs(options.model.references))
    generators_.push_back(load(folder, bias, context));
}

GeneratorMoves::Generator GeneratorMoves::load(const std::filesystem::path& folder, const Bias* bias,
                                               StageContext& context) const {
  Generator out;
  out.recipe = context.restore<ScoreModel>(read_file(folder / "recipe.yaml"));
  out.model = out.recipe->load(folder);
  const bool holds = out.recipe->holds_condition();
  if (const std::string why = out.model->why_no_volume(); !why.empty())
    throw InputError("a model cannot propose moves: " + why);
  const Index free = out.model->coordinates() - (holds ? static_cast<Index>(out.model->coarse().size()) : 0);
  if (out.model->generated() != free)
    throw InputError(
        fmt::format("a model of moves generates {} of the {} numbers that are free in a state, because its training "
                    "data did not vary in the others; moves need all of them: train on data that vary, or hold fewer "
                    "coarse variables",
                    out.model->generated(), free));
  if (holds || bias == nullptr) return out;
  const Vector noise = out.recipe->label_noise(system_.thermal_energy());
  const Vector sigma = bias->sigma(system_.thermal_energy());
  for (Index k = 0; k < noise.size(); ++k)
    if (noise[k] < sigma[k] * 0.99)
      context.warn(
          fmt::format("a model of moves has label noise {:.4g} in {}, narrower than the windows' "
                      "sqrt(kT/stiffness) = {:.4g}: walkers in the tails will seldom accept",
                      noise[k], out.model->coarse()[static_cast<std::size_t>(k)], sigma[k]));
  return out;
}

Matrix GeneratorMoves::labels(const Generator& generator, const Matrix& positions) const {
  if (!generator.recipe->holds_condition()) return centres_;
  const FloatMatrix states = positions.cast<float>();
  return generator.recipe->condition().values(states.data(), states.rows(), states.cols());
}

void GeneratorMoves::apply(WalkerStates& states, Index round) const {
  const auto turn = static_cast<std::size_t>(round) % generators_.size();
  const Generator& generator = generators_[turn];
  const Matrix z = labels(generator, states.positions);
  const auto of_round = [name = std::to_string(round)](const RandomStream& stream) { return stream.part({name}); };
  std::int64_t evaluations = 0;
  const Divergence exact;
  const auto walkers = static_cast<std::size_t>(states.positions.rows());
  MoveCounts& counts = states.moves;
  counts.accepted.resize(walkers * generators_.size(), 0);
  counts.proposed.resize(generators_.size(), 0);
  const bool first = counts.proposed[turn]++ == 0;
  WeighedDraws proposed = generator.model->draw_with_density(
      *sampler_->ode(), z, of_round(proposals_), 0, first ? exact : Divergence::none(), executor_, evaluations);
  const auto density_by = [&](const OdeSampler& method, const Matrix& of) {
    return generator.model->log_density(method, of, z, exact, 0, executor_, evaluations).value;
  };
  const auto log_density = [&](const Matrix& of) { return density_by(*sampler_->ode(), of); };
  Matrix found = proposed.states;  // where a draw is no state, any will do: its weight is 0
  for (Index i = 0; i < found.rows(); ++i) {
    if (found.row(i).allFinite()) continue;
    found.row(i) = states.positions.row(i);
    proposed.log_density.value[i] = std::numeric_limits<double>::quiet_NaN();
  }
  const Vector back = log_density(found), own = log_density(states.positions);
  const Vector log_ratio = log_weights_of(*generator.model, law_, proposed.states, centres_, back) -
                           log_weights_of(*generator.model, law_, states.positions, centres_, own);
  if (counts.density_error.size() == 0)
    counts.density_error.setConstant(std::ssize(generators_), std::numeric_limits<double>::quiet_NaN());
  if (first) {
    const auto refined = sampler_->ode()->refined();
    const Vector fine = density_by(*refined, found);
    counts.density_error[static_cast<Index>(turn)] =
        std::max(density_error(proposed.log_density.value, back, fine),
                 density_error_elsewhere(back - fine, own - density_by(*refined, states.positions)));
  }
  counts.score_evaluations += evaluations;
  states.force_evaluations += 2 * states.positions.rows();  // energies of both states
  std::vector<Index> moved;
  for (Index walker = 0; walker < states.positions.rows(); ++walker) {
    if (std::binary_search(states.dropped.begin(), states.dropped.end(), walker)) continue;
    RandomSequence random(of_round(decisions_), static_cast<std::uint32_t>(walker));
    if (!(std::log(random.uniform()) < log_ratio[walker])) continue;
    states.positions.row(walker) = proposed.states.row(walker);
    ++counts.accepted[turn * walkers + static_cast<std::size_t>(walker)];
    moved.push_back(walker);
  }
  if (moved.empty() || !system_.has_velocities()) return;
  const Matrix velocities = drawn_velocities(system_, states.positions.rows(), of_round(velocities_));
  for (const Index walker : moved) states.velocities.row(walker) = velocities.row(walker);
}

void report_moves(const MoveCounts& counts, const EnsembleInfo& info, StageContext& context) {
  if (counts.proposed.empty()) return;
  const auto models = static_cast<Index>(counts.proposed.size());
  const Index windows = std::max<Index>(1, info.centres.rows());
  Matrix accepted = Matrix::Zero(windows, models);
  Vector walkers = Vector::Zero(windows);
  for (Index w = 0; w < info.walkers; ++w) {
    const Index window = info.window[static_cast<std::size_t>(w)];
    walkers[window] += 1;
    for (Index m = 0; m < models; ++m)
      accepted(window, m) += static_cast<double>(counts.accepted[static_cast<std::size_t>(m * info.walkers + w)]);
  }
  const double error = counts.density_error.maxCoeff<Eigen::PropagateNumbers>();
  Table table{fmt::format("Moves proposed by the score model{}, {} to each walker (their ln p is known to {:.2g})",
                          models > 1 ? "s in turn" : "",
                          std::accumulate(counts.proposed.begin(), counts.proposed.end(), Index{0}), error),
              {},
              {}};
  for (const std::string& name : info.coarse) table.columns.push_back({name, "", 4});
  table.columns.push_back({"walkers", "", 0});
  for (Index m = 0; m < models; ++m)
    table.columns.push_back({models > 1 ? fmt::format("acceptance {}", m + 1) : "acceptance", "", 3});
  table.columns.push_back({"accepted per time", "1/time", 3});
  nlohmann::json rates = nlohmann::json::array();
  double lowest = 1;
  const double time = static_cast<double>(info.steps) * info.timestep;
  for (Index window = 0; window < windows; ++window) {
    if (walkers[window] == 0) continue;
    auto& row = table.rows.emplace_back();
    for (Index k = 0; k < info.centres.cols() && !info.coarse.empty(); ++k) row.emplace_back(info.centres(window, k));
    row.emplace_back(walkers[window]);
    nlohmann::json of_window = nlohmann::json::array();
    for (Index m = 0; m < models; ++m) {
      const auto proposed = static_cast<double>(counts.proposed[static_cast<std::size_t>(m)]);
      const double rate = accepted(window, m) / (walkers[window] * proposed);
      row.emplace_back(rate);
      of_window.push_back(rate);
      lowest = std::min(lowest, rate);
    }
    row.emplace_back(accepted.row(window).sum() / (walkers[window] * time));
    rates.push_back(std::move(of_window));
  }
  context.show(table);
  context.facts()["moves"] = {{"proposed_per_walker", counts.proposed},
                              {"acceptance", std::move(rates)},
                              {"lowest_acceptance", lowest},
                              {"density_error", error}};
  if (const std::string fault = density_fault(error); !fault.empty()) context.warn("moves " + fault);
  if (lowest < 0.05)
    context.warn(fmt::format("a window accepts only {:.1f} % of its moves; train the model longer or on more frames",
                             100 * lowest));
}

}  // namespace liftwell
