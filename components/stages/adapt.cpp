// SPDX-License-Identifier: MIT
// adapt: runs walkers under a bias that learns as they go, and keeps what it learned.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "learning_run.hpp"
#include "liftwell/families/bias_stability.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/learned_bias.hpp"
#include "walker_failure.hpp"
#include "walker_start.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<System> adapt;
  Component<AdaptiveBias> bias;
  Input<Starts> starts;
  std::int64_t walkers_per_start = 1;
  std::int64_t groups = 4;
  std::int64_t steps = 0;
  std::int64_t every = 100;
  std::string on_failure = "stop";
  std::int64_t batch = 256;

  void check(Problems& problems) const {
    if (steps > 0 && every > steps)
      problems.add("every", "is larger than the number of steps, so nothing would be learned", std::to_string(every),
                   fmt::format("at most {}", steps));
  }
};

/// Walker w belongs to group w mod `groups`. The walkers of a group share one bias and learn it together; groups know
/// nothing of each other, so that their spread is the error of what one of them learned.
class Adapt final : public Stage {
 public:
  explicit Adapt(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto system = options_.adapt.build();
    const auto bias = options_.bias.build();
    check_bias(bias->coarse(), *system, context);
    if (const auto misfit = bias->misfit(system->thermal_energy()); !misfit.empty()) context.error("bias", misfit);
    check_starts(options_.starts, *system, context);
    return {system->dimension(), bias->coarse().names(), false};
  }

  void run(StageContext& context) const override {
    const auto system = options_.adapt.build();
    const auto adaptive = options_.bias.build();
    const auto starts = context.load(options_.starts);
    const Index walkers = starts->states.rows() * options_.walkers_per_start;
    if (walkers < options_.groups)
      throw InputError(fmt::format("{} walkers cannot form {} groups", walkers, options_.groups));
    const double kT = system->thermal_energy();

    GroupedBias bias(*adaptive, options_.groups);
    SimulationPlan plan;
    plan.system = system.get();
    plan.bias = &bias;
    plan.walkers = walkers;
    plan.stride = options_.every;
    plan.centres = bias.groups_of(walkers);
    set_running(plan, options_.on_failure, options_.batch, context);

    Learning learning =
        Learning::saved(context.folder())
            ? Learning::load(context.folder())
            : Learning{initial_states(*system, *starts, options_.walkers_per_start, context),
                       std::vector<LearningState>(static_cast<std::size_t>(options_.groups), adaptive->begin())};
    const Index rounds = options_.steps / options_.every;
    const auto per_round = static_cast<double>(walkers * options_.every);
    // Depends on the plan only, so that an interruption costs about as much everywhere.
    const Index between_saves = std::max<Index>(1, static_cast<Index>(4e7 / per_round));
    const auto too_stiff = [&] { return unstable(*system, bias, learning.states.positions); };
    bool told = false;
    FailureLog failures;
    std::vector<float> positions(static_cast<std::size_t>(walkers * system->dimension()));
    Index round = learning.states.steps_done / options_.every;
    context.progress(static_cast<double>(round) * per_round, static_cast<double>(rounds) * per_round, "walker-steps");
    while (round < rounds) {
      if (context.stop_requested()) {
        learning.save(context.folder());
        context.interrupted();
      }
      bias.set(learning.groups, kT);
      if (!told && looks_at_stiffness(round, rounds))
        if (const auto fault = too_stiff(); !fault.empty()) {
          told = true;
          context.warn(fmt::format("what it has learned by step {} {}; lower or wider Gaussians make it softer",
                                   learning.states.steps_done, fault));
        }
      try {
        advance_segment(plan, learning.states, 1, positions.data(), failures, context, static_cast<double>(round),
                        static_cast<double>(rounds));
      } catch (const RunError& error) {
        const auto fault = too_stiff();
        if (told || fault.empty()) throw;
        throw RunError(fmt::format("{}; what was learned by then {}; lower or wider Gaussians make it softer",
                                   error.what(), fault));
      }
      learn(*adaptive, kT, learning, context.executor());
      if (++round % between_saves == 0 && round < rounds) learning.save(context.folder());
    }
    failures.warn(learning.states.dropped, context);
    save_artifact(context.folder(), result(*system, *adaptive, learning, context));
    Learning::forget(context.folder());
    report(*adaptive, learning, context);
  }

 private:
  /// Early, when most is learned, and now and then: looking costs as much as some steps.
  static bool looks_at_stiffness(Index round, Index rounds) {
    return std::has_single_bit(static_cast<std::uint64_t>(round)) || round % std::max<Index>(1, rounds / 20) == 0;
  }

  /// What was learned, and the bias to simulate under: the mean of the groups'.
  [[nodiscard]] LearnedBias result(const System& system, const AdaptiveBias& adaptive, const Learning& learning,
                                   const StageContext& context) const {
    const Grid& grid = adaptive.grid();
    const double kT = system.thermal_energy();
    LearnedBias out;
    out.method = options_.bias.configured().declaration->name;
    out.coarse = adaptive.coarse().names();
    out.low = grid.low;
    out.high = grid.high;
    out.bins = grid.bins;
    out.group_energies.resize(options_.groups, grid.cells());
    out.free_energies.resize(options_.groups, grid.cells());
    for (std::size_t g = 0; g < learning.groups.size(); ++g) {
      out.group_energies.row(static_cast<Index>(g)) = adaptive.energies(learning.groups[g], kT).transpose();
      out.free_energies.row(static_cast<Index>(g)) = adaptive.free_energy(learning.groups[g], kT).transpose();
    }
    out.energies = out.group_energies.colwise().mean().transpose();
    out.bias = context.resolved_yaml(static_bias(options_.bias.configured(), grid, out.energies));
    out.thermal_energy = kT;
    out.system = context.resolved_yaml(options_.adapt.configured());
    out.force_evaluations = learning.states.force_evaluations;
    if (learning.outside > 0)
      out.notes.push_back(
          fmt::format("{:.3g} % of the deposits came from walkers outside the grid",
                      100.0 * static_cast<double>(learning.outside) / static_cast<double>(learning.deposits)));
    return out;
  }

  void report(const AdaptiveBias& adaptive, const Learning& learning, StageContext& context) const {
    context.counts().force_evaluations = learning.states.force_evaluations;
    context.fact("walkers", learning.states.positions.rows());
    context.fact("groups", options_.groups);
    context.fact("steps", learning.states.steps_done);
    context.fact("deposits", learning.deposits);
    context.fact("deposits_outside_grid", learning.outside);
    context.fact("cells", adaptive.grid().cells());
    if (learning.outside * 100 > learning.deposits)
      context.warn(
          fmt::format("{} of {} deposits came from walkers outside the grid, where nothing is learned; widen "
                      "its low and high",
                      learning.outside, learning.deposits));
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(adapt) {
  return Declaration<Stage, Options>("adapt", "Runs walkers under a bias that learns as they go, and keeps the bias.")
      .reference(
          "Barducci, Bussi, Parrinello, Phys. Rev. Lett. 100, 020603 (2008); Invernizzi, Parrinello, J. Phys. Chem. "
          "Lett. 11, 2731 (2020).")
      .parameter("adapt", &Options::adapt, unit::none, "The system to simulate.", required())
      .parameter("bias", &Options::bias, unit::none, "The bias that learns.", required())
      .parameter("starts", &Options::starts, unit::none, "Stage whose states the walkers start from.", required())
      .parameter("walkers_per_start", &Options::walkers_per_start, unit::none,
                 "Walkers begun from each start, each with its own noise.", at_least(1))
      .parameter("groups", &Options::groups, unit::none,
                 "Groups that learn a bias each; their spread gives errors, and the mean of their biases is kept.",
                 at_least(1))
      .parameter("steps", &Options::steps, unit::none, "Steps of each walker.", required() | at_least(1))
      .parameter("every", &Options::every, unit::none, "Steps between deposits.", at_least(1))
      .parameter("on_failure", &Options::on_failure, unit::none,
                 "What a walker that leaves the finite range does: stop the run, drop out, or retry with fresh noise.",
                 one_of({"stop", "drop", "retry"}))
      .parameter("batch", &Options::batch, unit::none,
                 "Walkers advanced together by one task; affects speed only, never results.", between(1, 65536))
      .produces<LearnedBias>()
      .example(
          "{adapt: {potential: {type: muller_brown}, temperature: 15, integrator: {type: leimkuhler_matthews, "
          "timestep: 1e-4}}, bias: {type: opes, on: {type: coordinate, index: 0}, low: -1.8, high: 1.4, bins: 128, "
          "width: 0.1, barrier: 120}, starts: start, walkers_per_start: 32, steps: 100000}")
      .creates<Adapt>();
}

}  // namespace liftwell
