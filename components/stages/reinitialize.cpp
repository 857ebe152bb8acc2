// SPDX-License-Identifier: MIT
// reinitialize: asks a start policy for states, checks each, and hands on those that pass.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "liftwell/families/start_policy.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Acceptance {
  std::optional<double> coarse_tolerance;
  std::optional<double> energy_window;
};

struct Options {
  Component<StartPolicy> reinitialize;
  Component<System> system;
  Input<Targets> at;
  Input<Draws> from;
  Inputs<Ensemble> data;
  Component<Bias> bias;
  std::vector<Component<CoarseVariable>> on;
  std::int64_t per_target = 1;
  Acceptance accept;
  Component<StartPolicy> fallback;

  void check(Problems& problems) const {
    if (accept.coarse_tolerance && !bias)
      problems.add("accept", "coarse_tolerance is in standard deviations of the window, so the bias must be given", "",
                   "a key 'bias'");
    if (!at.empty() && !bias && on.empty())
      problems.add("at", "gives targets, so their coarse variables must be known", "", "a key 'bias', or 'on'");
    if (bias && at.empty()) problems.add("bias", "makes sense only for starts at targets", "", "a key 'at'");
  }
};

/// Applies the gate to candidates and keeps the counts.
class Gate {
 public:
  Gate(const Options& options, const System& system, const Bias* bias)
      : options_(options), system_(system), bias_(bias) {
    if (bias_ != nullptr) sigma_ = bias_->sigma(system.thermal_energy());
  }

  /// Rows of `candidates` that pass, at most `wanted`; rejections are counted by reason.
  [[nodiscard]] std::vector<Index> passing(const StartCandidates& candidates, const Vector* target, Index wanted,
                                           Index& proposed, std::map<std::string, Index>& rejected) const {
    const Matrix& states = candidates.states;
    std::vector<Index> out;
    if (states.rows() == 0) return out;
    const Vector energy = energies(states);
    const double floor = lowest(energy);
    const Matrix xi = bias_ != nullptr ? bias_->coarse().values(states) : Matrix{};
    for (Index i = 0; i < states.rows() && static_cast<Index>(out.size()) < wanted; ++i) {
      ++proposed;
      const std::string reason =
          fault(states.row(i), xi.rows() > 0 ? Vector(xi.row(i)) : Vector{}, target, energy(i), floor);
      if (reason.empty())
        out.push_back(i);
      else
        ++rejected[reason];
    }
    return out;
  }

 private:
  [[nodiscard]] std::string fault(const Eigen::RowVectorXd& state, const Vector& xi, const Vector* target,
                                  double energy, double floor) const {
    if (!state.allFinite()) return "not finite";
    if (options_.accept.coarse_tolerance && target != nullptr)
      for (Index k = 0; k < xi.size(); ++k)
        if (std::abs(bias_->coarse().difference(k, xi(k), (*target)(k))) >
            *options_.accept.coarse_tolerance * sigma_(k))
          return "coarse value";
    // The floor is the lowest candidate of the same target: an absolute scale would need F.
    if (options_.accept.energy_window && energy - floor > *options_.accept.energy_window * system_.thermal_energy())
      return "energy";
    return {};
  }

  [[nodiscard]] Vector energies(const Matrix& states) const {
    if (!options_.accept.energy_window) return Vector::Zero(states.rows());
    BlockBuffer x(states.cols(), states.rows()), energy(1, states.rows());
    for (Index lane = 0; lane < x.block().lanes(); ++lane)
      for (Index d = 0; d < states.cols(); ++d) x.block()(d, lane) = states(std::min(lane, states.rows() - 1), d);
    system_.energies(x.block(), energy.block().data());
    return energy.block().row(0).head(states.rows());
  }

  static double lowest(const Vector& energy) {
    double out = std::numeric_limits<double>::infinity();
    for (const double e : energy)
      if (std::isfinite(e)) out = std::min(out, e);
    return out;
  }

  const Options& options_;
  const System& system_;
  const Bias* bias_;
  Vector sigma_;
};

class Reinitialize final : public Stage {
 public:
  explicit Reinitialize(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto system = options_.system.build();
    Shape shape{system->dimension(), {}};
    for (const Shape& targets : context.shapes(options_.at.references)) shape.coarse = targets.coarse;
    check_policy(options_.reinitialize, "reinitialize", shape.dimension, context);
    if (options_.fallback) check_policy(options_.fallback, "fallback", shape.dimension, context);
    for (const Shape& draws : context.shapes(options_.from.references))
      if (draws.dimension != 0 && draws.dimension != shape.dimension)
        context.error("from", fmt::format("draws states of dimension {}, but the system has dimension {}",
                                          draws.dimension, shape.dimension));
    if (options_.accept.energy_window && !system->abilities().energies)
      context.error("accept", "energy_window needs a system that can tell the energy of a state");
    if (!options_.bias) return shape;
    const auto bias = options_.bias.build();
    if (const auto misfit = bias->coarse().misfit(shape.dimension); !misfit.empty()) context.error("bias", misfit);
    if (!shape.coarse.empty() && bias->coarse().names() != shape.coarse)
      context.error("bias", fmt::format("acts on {}, but the targets are values of {}",
                                        fmt::join(bias->coarse().names(), ", "), fmt::join(shape.coarse, ", ")));
    return shape;
  }

  void run(StageContext& context) const override {
    const auto system = options_.system.build();
    const auto bias = options_.bias ? options_.bias.build() : nullptr;
    const auto targets = context.load(options_.at);
    const auto draws = context.load(options_.from);
    const CoarseMap own(options_.on);
    const CoarseMap* coarse = bias ? &bias->coarse() : &own;
    StartRequest request{*system,
                         targets ? coarse : nullptr,
                         targets.get(),
                         options_.per_target,
                         context.load(options_.data),
                         draws.get(),
                         context.stream("choice of starts"),
                         context.executor()};

    Starts starts;
    const Index places = targets ? targets->values.rows() : 1;
    if (targets) {
      starts.coarse = targets->coarse;
      starts.targets = targets->values;
    }
    const Gate gate(options_, *system, bias.get());
    std::vector<std::vector<Eigen::RowVectorXd>> accepted(static_cast<std::size_t>(places));
    std::vector<std::vector<std::string>> origins(static_cast<std::size_t>(places));
    starts.proposed.assign(static_cast<std::size_t>(places), 0);
    starts.accepted.assign(static_cast<std::size_t>(places), 0);
    starts.rejected.resize(static_cast<std::size_t>(places));
    const auto fill = [&](const StartPolicy& policy) {
      const auto candidates = policy.propose(request);
      for (std::size_t t = 0; t < candidates.size(); ++t) {
        context.counts().force_evaluations += candidates[t].force_evaluations;
        const Index wanted = options_.per_target - static_cast<Index>(accepted[t].size());
        if (wanted <= 0) continue;
        const Vector target = targets ? Vector(targets->values.row(static_cast<Index>(t))) : Vector{};
        for (const Index i :
             gate.passing(candidates[t], targets ? &target : nullptr, wanted, starts.proposed[t], starts.rejected[t])) {
          accepted[t].push_back(candidates[t].states.row(i));
          origins[t].push_back(candidates[t].origin[static_cast<std::size_t>(i)]);
          ++starts.accepted[t];
        }
      }
    };
    fill(*options_.reinitialize.build());
    if (options_.fallback &&
        std::any_of(accepted.begin(), accepted.end(), [](const auto& list) { return list.empty(); }))
      fill(*options_.fallback.build());
    collect(starts, accepted, origins, system->dimension());
    save_artifact(context.folder(), starts);
    const Index proposed = std::accumulate(starts.proposed.begin(), starts.proposed.end(), Index{0});
    const Index passed = std::accumulate(starts.accepted.begin(), starts.accepted.end(), Index{0});
    context.fact("proposed", proposed);
    context.fact("accepted", passed);
  }

 private:
  static void check_policy(const Component<StartPolicy>& policy_component, const std::string& key, Index dimension,
                           CheckContext& context, const Options* options) {
    const auto policy = policy_component.build();
    if (const auto misfit = policy->misfit(dimension); !misfit.empty()) context.error(key, misfit);
    if (policy->needs_data() && options->data.empty())
      context.error("data", fmt::format("is needed by the start policy under '{}'", key),
                    "a simulate stage or a list of them");
    if (policy->needs_draws() && options->from.empty())
      context.error("from", fmt::format("is needed by the start policy under '{}'", key), "a sample stage");
  }
  void check_policy(const Component<StartPolicy>& policy, const std::string& key, Index dimension,
                    CheckContext& context) const {
    check_policy(policy, key, dimension, context, &options_);
  }

  /// Where fewer passed than wanted, those that did are used again, in turn, and their origin says so.
  void collect(Starts& starts, const std::vector<std::vector<Eigen::RowVectorXd>>& accepted,
               const std::vector<std::vector<std::string>>& origins, Index dimension) const {
    const Index places = static_cast<Index>(accepted.size());
    starts.states.resize(places * options_.per_target, dimension);
    Index row = 0;
    for (Index t = 0; t < places; ++t) {
      const auto slot = static_cast<std::size_t>(t);
      if (accepted[slot].empty()) {
        std::string reasons;
        for (const auto& [reason, count] : starts.rejected[slot]) reasons += fmt::format(" {} for '{}'", count, reason);
        throw RunError(fmt::format(
            "no start was accepted at target {} ({} proposed, rejected:{}); widen 'accept' or give a 'fallback'",
            starts.targets.rows() > t ? fmt::format("{}", fmt::join(Vector(starts.targets.row(t)), ", ")) : "-",
            starts.proposed[slot], reasons.empty() ? " none" : reasons));
      }
      for (Index i = 0; i < options_.per_target; ++i) {
        const auto pick = static_cast<std::size_t>(i) % accepted[slot].size();
        starts.states.row(row++) = accepted[slot][pick];
        starts.target.push_back(t);
        starts.origin.push_back(origins[slot][pick] +
                                (static_cast<std::size_t>(i) >= accepted[slot].size() ? " (again)" : ""));
      }
    }
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(reinitialize) {
  return Declaration<Stage, Options>("reinitialize",
                                     "Asks a start policy for states and hands on those that pass the checks.")
      .reference("Crabtree, Bello-Rivas, Kevrekidis, arXiv 2312.05715 (reinitialization from lifted states).")
      .parameter("reinitialize", &Options::reinitialize, unit::none, "Where the states come from.", required())
      .parameter("system", &Options::system, unit::none, "The system that will start from them.", required())
      .parameter("at", &Options::at, unit::none, "Stage that chose the targets the starts belong to.")
      .parameter("from", &Options::from, unit::none, "Stage that drew states from a score model.")
      .parameter("data", &Options::data, unit::none, "Ensembles whose frames may be used.")
      .parameter("bias", &Options::bias, unit::none,
                 "Bias of the windows to come; its sigma measures coarse_tolerance.")
      .parameter("on", &Options::on, unit::none,
                 "Coarse variables of the targets; may be left out where a bias is given.")
      .parameter("per_target", &Options::per_target, unit::none,
                 "Starts handed on for each target; accepted ones are used again when too few pass.", at_least(1))
      .group("accept", &Options::accept, "What a state must fulfil to be handed on.",
             Group<Acceptance>()
                 .parameter("coarse_tolerance", &Acceptance::coarse_tolerance, unit::window_sigma,
                            "Largest distance of xi from the target, in standard deviations of the window.", above(0))
                 .parameter("energy_window", &Acceptance::energy_window, unit::thermal,
                            "Largest energy above the lowest candidate of the same target.", above(0)))
      .parameter("fallback", &Options::fallback, unit::none, "Policy for targets at which no state passed.")
      .produces<Starts>()
      .example(
          "{reinitialize: {type: single_structure, position: [0, 0]}, system: {potential: {type: harmonic, "
          "centre: [0, 0]}, temperature: 1, integrator: {type: euler_maruyama, timestep: 0.01}}}")
      .creates<Reinitialize>();
}

}  // namespace liftwell
