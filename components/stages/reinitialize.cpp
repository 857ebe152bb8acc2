// SPDX-License-Identifier: MIT
// reinitialize: asks a start policy for states, checks each, and hands on those that pass.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "liftwell/families/bias_stability.hpp"
#include "liftwell/families/molecule_file.hpp"
#include "liftwell/families/start_policy.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "start_gate.hpp"

namespace liftwell {
namespace {

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
    if (accept.metropolis && from.empty())
      problems.add("accept", "metropolis needs draws that carry weights", "",
                   "a key 'from' with a sample stage that has correct: {system, bias, chain: 0}");
    if (bias && at.empty()) problems.add("bias", "makes sense only for starts at targets", "", "a key 'at'");
  }
};

class Reinitialize final : public Stage {
 public:
  explicit Reinitialize(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const std::shared_ptr<const System> system = options_.system.build();
    Shape shape{.dimension = system->dimension(), .coarse = {}, .system = system};
    for (const Shape& targets : context.shapes(options_.at.references)) shape.coarse = targets.coarse;
    check_policy(options_.reinitialize, "reinitialize", *system, context);
    if (options_.fallback) check_policy(options_.fallback, "fallback", *system, context);
    for (const Shape& draws : context.shapes(options_.from.references))
      if (draws.dimension != 0 && draws.dimension != shape.dimension)
        context.error("from", fmt::format("draws states of dimension {}, but the system has dimension {}",
                                          draws.dimension, shape.dimension));
    for (const Shape& draws : context.shapes(options_.from.references))
      if (options_.accept.metropolis && !draws.weighed)
        context.error("accept",
                      "metropolis needs draws that carry weights, and those of '" +
                          options_.from.references.front().stage + "' do not",
                      "'correct: {system: ..., bias: ..., chain: 0}' in that sample stage");
    if (options_.accept.energy_window && !system->abilities().energies)
      context.error("accept", "energy_window needs a system that can tell the energy of a state");
    if (const auto fault = structure_fault(shape.dimension, *system); !fault.empty())
      context.error("accept", "structure.topology: " + fault);
    if (options_.accept.metropolis && !options_.reinitialize.build()->needs_draws())
      context.error("accept", fmt::format("metropolis judges draws of a model, and '{}' uses none",
                                          options_.reinitialize.name()));
    if (!options_.bias) return shape;
    if (options_.accept.relax_steps > 0 && !system->abilities().biases)
      context.error("accept", "relax_steps needs a system that a bias can act on");
    const auto bias = options_.bias.build();
    if (const auto misfit = bias_misfit(bias->coarse(), *system); !misfit.empty()) context.error("bias", misfit);
    if (options_.accept.relax_steps > 0)
      if (const auto fault = unstable_everywhere(*system, *bias); !fault.empty())
        context.error("bias", "relaxes starts and " + fault);
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
    const StartGate gate(options_.accept, *system, bias.get());
    std::vector<PassedStates> accepted(static_cast<std::size_t>(places));
    std::vector<GateCounts> counts(static_cast<std::size_t>(places));
    // For the places of these numbers; those that have a start already are none for the fallback.
    const auto fill = [&](const StartPolicy& policy, const char* turn, bool weighed, const std::vector<Index>& rows) {
      Targets some;
      if (targets) some = {.coarse = targets->coarse, .values = targets->values(rows, Eigen::all), .note = {}};
      StartRequest for_some = request;
      for_some.targets = targets ? &some : nullptr;
      const auto candidates = policy.propose(for_some);
      for (const StartCandidates& list : candidates) {
        context.counts().force_evaluations += list.force_evaluations;
        if (weighed && list.states.rows() > 0 && list.log_weights.size() == 0)
          throw InputError(
              "accept: metropolis needs draws with the weights of single targets; give the sample stage under 'from' "
              "correct: {system, bias, chain: 0}, and this stage 'at'");
      }
      const RandomStream random = context.stream("gate of starts");
      context.executor().for_each(std::ssize(candidates), [&](Index i) {
        const Index t = rows[static_cast<std::size_t>(i)];
        const auto slot = static_cast<std::size_t>(t);
        const Vector target = targets ? Vector(targets->values.row(t)) : Vector{};
        accepted[slot] = gate.pass(candidates[static_cast<std::size_t>(i)], targets ? &target : nullptr,
                                   options_.per_target, random.part({turn, std::to_string(t)}), counts[slot]);
      });
    };
    std::vector<Index> all(accepted.size()), empty;
    std::iota(all.begin(), all.end(), Index{0});
    fill(*options_.reinitialize.build(), "first", options_.accept.metropolis, all);
    std::copy_if(all.begin(), all.end(), std::back_inserter(empty),
                 [&](Index t) { return accepted[static_cast<std::size_t>(t)].states.empty(); });
    if (options_.fallback && !empty.empty()) {
      fill(*options_.fallback.build(), "fallback", false, empty);
      context.facts()["targets_of_fallback"] = empty.size();
    }
    for (GateCounts& count : counts) {
      context.counts().force_evaluations += count.force_evaluations;
      starts.proposed.push_back(count.proposed);
      starts.accepted.push_back(count.accepted);
      starts.rejected.push_back(std::move(count.rejected));
    }
    collect(starts, accepted, system->dimension());
    warn_of_few(starts, accepted, context);
    save_artifact(context.folder(), starts);
    const Index proposed = std::accumulate(starts.proposed.begin(), starts.proposed.end(), Index{0});
    const Index passed = std::accumulate(starts.accepted.begin(), starts.accepted.end(), Index{0});
    context.fact("proposed", proposed);
    context.fact("accepted", passed);
    std::map<std::string, Index> rejected;
    for (const auto& of_target : starts.rejected)
      for (const auto& [reason, count] : of_target) rejected[reason] += count;
    context.facts()["rejected"] = rejected;
  }

 private:
  /// What is wrong with the file that structures are held against; "" where nothing is, or no file is given.
  [[nodiscard]] std::string structure_fault(Index dimension, const System& system) const {
    const StructureAcceptance& accept = options_.accept.structure;
    if (!accept.wanted()) return {};
    if (auto misfit = accept.misfit(dimension); !misfit.empty()) return misfit;
    if (const auto misfit = file_misfit(read_pdb(accept.topology), system); !misfit.empty())
      return "the file " + misfit;
    const Vector own = system.structure();
    if (own.size() != dimension || accept.rule().fault(own.data()) != "chirality") return {};
    return "the file has the other handedness (chirality) than the structure of the system";
  }

  void check_policy(const Component<StartPolicy>& policy_component, const std::string& key, const System& system,
                    CheckContext& context) const {
    const auto policy = policy_component.build();
    if (const auto misfit = policy->misfit(system); !misfit.empty()) context.error(key, misfit);
    if (policy->needs_structure() && system.structure().size() == 0)
      context.error(key, "needs a state, and the system has none of its own", "position or file");
    if (policy->needs_data() && options_.data.empty())
      context.error("data", fmt::format("is needed by the start policy under '{}'", key),
                    "a simulate stage or a list of them");
    if (policy->needs_draws() && options_.from.empty())
      context.error("from", fmt::format("is needed by the start policy under '{}'", key), "a sample stage");
  }

  /// Where fewer passed than wanted, those that did are used again, in turn, and their origin says so.
  void collect(Starts& starts, const std::vector<PassedStates>& accepted, Index dimension) const {
    const Index places = std::ssize(accepted);
    starts.states.resize(places * options_.per_target, dimension);
    Index row = 0;
    for (Index t = 0; t < places; ++t) {
      const PassedStates& passed = accepted[static_cast<std::size_t>(t)];
      if (passed.states.empty()) throw RunError(nobody_passed(starts, accepted));
      for (Index i = 0; i < options_.per_target; ++i) {
        const auto pick = static_cast<std::size_t>(i) % passed.states.size();
        starts.states.row(row++) = passed.states[pick];
        starts.target.push_back(t);
        starts.origin.push_back(passed.origins[pick] +
                                (static_cast<std::size_t>(i) >= passed.states.size() ? " (again)" : ""));
      }
    }
  }

  [[nodiscard]] static std::string target_text(const Starts& starts, Index t) {
    return starts.targets.rows() > t ? fmt::format("{:.6g}", fmt::join(Vector(starts.targets.row(t)), ", ")) : "-";
  }

  /// What happened at the first target without a start, and which others have none.
  [[nodiscard]] std::string nobody_passed(const Starts& starts, const std::vector<PassedStates>& accepted) const {
    std::vector<Index> without;
    for (Index t = 0; t < std::ssize(accepted); ++t)
      if (accepted[static_cast<std::size_t>(t)].states.empty()) without.push_back(t);
    const auto first = static_cast<std::size_t>(without.front());
    std::string reasons, others;
    for (const auto& [reason, count] : starts.rejected[first]) reasons += fmt::format(" {} for '{}'", count, reason);
    constexpr std::size_t shown = 10;
    for (std::size_t i = 1; i < std::min(without.size(), shown); ++i)
      others += (i > 1 ? "; " : ", nor at ") + target_text(starts, without[i]);
    if (without.size() > shown) others += fmt::format(" and {} more", without.size() - shown);
    return fmt::format("no start was accepted at target {} ({} proposed, rejected:{}){}; widen 'accept'{}",
                       target_text(starts, without.front()), starts.proposed[first],
                       reasons.empty() ? " none" : reasons, others,
                       options_.fallback ? ", whose 'fallback' had no better ones" : " or give a 'fallback'");
  }

  /// Walkers that share a start are no more independent than it makes them.
  void warn_of_few(const Starts& starts, const std::vector<PassedStates>& accepted, StageContext& context) const {
    Index scarce = 0, fewest = 0;
    for (Index t = 0; t < std::ssize(accepted); ++t) {
      const auto passed = [&](Index at) { return std::ssize(accepted[static_cast<std::size_t>(at)].states); };
      if (2 * passed(t) >= options_.per_target) continue;
      if (scarce++ == 0 || passed(t) < passed(fewest)) fewest = t;
    }
    if (scarce > 0)
      context.warn(
          fmt::format("fewer than half of the {} starts wanted were accepted at {} of {} targets, the fewest at {}: "
                      "{}; they are used again in turn",
                      options_.per_target, scarce, accepted.size(), target_text(starts, fewest),
                      accepted[static_cast<std::size_t>(fewest)].states.size()));
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
      .group("accept", &Options::accept, "What a state must fulfil to be handed on.", acceptance_parameters())
      .parameter(
          "fallback", &Options::fallback, unit::none,
          "Policy for targets at which no state passed; without one, or where it has none either, the run stops.")
      .produces<Starts>()
      .example(
          "{reinitialize: {type: single_structure, position: [0, 0]}, system: {potential: {type: harmonic, "
          "centre: [0, 0]}, temperature: 1, integrator: {type: euler_maruyama, timestep: 0.01}}}")
      .creates<Reinitialize>();
}

}  // namespace liftwell
