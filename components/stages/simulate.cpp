// SPDX-License-Identifier: MIT
// simulate: runs walkers from given starts, free or under a bias, and streams their frames to disk.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "generator_moves.hpp"
#include "liftwell/families/bias_stability.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/learned_bias.hpp"
#include "walker_failure.hpp"
#include "walker_start.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<System> simulate;
  Component<Bias> bias;
  Input<LearnedBias> learned_bias;
  Input<Starts> starts;
  std::int64_t walkers_per_start = 1;
  std::int64_t steps = 0;
  std::int64_t stride = 100;
  std::int64_t discard = 0;
  std::string on_failure = "stop";
  std::int64_t batch = 256;
  MoveOptions moves;

  void check(Problems& problems) const {
    if (steps > 0 && stride > steps)
      problems.add("stride", "is larger than the number of steps, so nothing would be saved", std::to_string(stride),
                   fmt::format("at most {}", steps));
    if (stride > 0 && steps >= stride && discard / stride >= steps / stride)
      problems.add("discard", "leaves no frame", std::to_string(discard),
                   fmt::format("below {}", steps / stride * stride));
    if (bias && !learned_bias.empty())
      problems.add("learned_bias", "stands in place of a bias, but there is one too", "", "one of the two");
  }
};

/// Frames per segment: at most 32 MB in memory, and often enough a checkpoint; a move takes about as long as 4000 cheap
/// steps. Depends on the plan only, never on the machine, so that segments are the same everywhere.
Index frames_per_segment(const SimulationPlan& plan, Index dimension, double moves_per_frame) {
  const double frame_bytes = 4.0 * static_cast<double>(plan.walkers * dimension);
  const double frame_steps = static_cast<double>(plan.walkers * plan.stride);
  const double frame_moves = static_cast<double>(plan.walkers) * moves_per_frame;
  return std::max<Index>(
      1,
      static_cast<Index>(std::min({32e6 / frame_bytes, 4e7 / frame_steps, 2e8 / (frame_steps + 4000 * frame_moves)})));
}

class Simulate final : public Stage {
 public:
  explicit Simulate(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const std::shared_ptr<const System> system = options_.simulate.build();
    const std::shared_ptr<const Bias> bias = options_.bias ? options_.bias.build() : nullptr;
    Shape shape{.dimension = system->dimension(),
                .coarse = {},
                .frames = options_.steps / options_.stride - options_.discard / options_.stride,
                .frame_time = static_cast<double>(options_.stride) * system->timestep(),
                .system = system,
                .biased = options_.bias || !options_.learned_bias.empty(),
                .bias = bias};
    if (const auto fault = no_room_for(options_.walkers_per_start, *system); !fault.empty())
      context.error("walkers_per_start", fault, "fewer walkers");
    for (const Shape& starts : check_starts(options_.starts, *system, context)) {
      if (!bias || !bias->centred()) continue;
      if (starts.coarse.empty())
        context.error("bias", "needs starts that belong to targets: they are the centres of its windows",
                      "a reinitialize stage with 'at:'");
      else if (bias->coarse().names() != starts.coarse)
        context.error("bias", fmt::format("acts on {}, but the targets of the starts are values of {}",
                                          fmt::join(bias->coarse().names(), ", "), fmt::join(starts.coarse, ", ")));
    }
    if (bias) {
      check_bias(bias->coarse(), *system, context);
      if (const auto fault = unstable_everywhere(*system, *bias); !fault.empty()) context.error("bias", fault);
      if (bias->centred()) shape.coarse = bias->coarse().names();
    }
    for (const Shape& learned : context.shapes(options_.learned_bias.references)) {
      if (!system->abilities().biases) context.error("learned_bias", "cannot act on this system");
      if (learned.dimension != 0 && learned.dimension != shape.dimension)
        context.error("learned_bias", fmt::format("was learned from states of dimension {}, but the system has {}",
                                                  learned.dimension, shape.dimension));
    }
    check_moves(options_.moves, *system, bias.get(), options_.stride, context);
    return shape;
  }

  void run(StageContext& context) const override {
    const auto system = options_.simulate.build();
    const auto starts = context.load(options_.starts);
    const auto learned = context.load(options_.learned_bias);
    const auto bias = options_.bias ? options_.bias.build() : learned ? context.restore<Bias>(learned->bias) : nullptr;
    if (const auto fault = no_room_for(starts->states.rows() * options_.walkers_per_start, *system); !fault.empty())
      throw InputError(fault + "; take fewer walkers_per_start, or fewer starts");
    EnsembleInfo info = describe(*system, bias.get(), *starts, context);
    if (learned) info.bias = learned->bias;
    if (info.walkers == 0) throw RunError("there is no start to simulate from");
    check_stability(*system, bias.get(), *starts, context);
    SimulationPlan plan = make_plan(*system, bias.get(), info, context);

    std::optional<GeneratorMoves> moves;
    if (!context.inputs(options_.moves.model.references).empty())
      moves.emplace(options_.moves, *system, bias.get(), plan.centres, context);

    TrajectoryWriter writer(context.folder());
    const Index frames = options_.steps / options_.stride;
    // From move to move, so that all walkers propose together: networks want batches.
    const Index between = moves ? options_.moves.every / options_.stride : frames;
    const Index per_segment = frames_per_segment(plan, info.dimension, moves ? 1 / static_cast<double>(between) : 0);
    Index segment = writer.segments();
    WalkerStates states = segment > 0 ? writer.state_after(segment - 1)
                                      : initial_states(*system, *starts, options_.walkers_per_start, context);
    const double per_frame = static_cast<double>(plan.walkers * plan.stride);
    FailureLog failures;
    std::vector<float> positions;
    context.progress(static_cast<double>(segment * per_segment) * per_frame, static_cast<double>(frames) * per_frame,
                     "walker-steps");
    for (Index first = segment * per_segment; first < frames; first = ++segment * per_segment) {
      if (context.stop_requested()) context.interrupted();
      const Index count = std::min(per_segment, frames - first);
      positions.resize(static_cast<std::size_t>(count * plan.walkers * info.dimension));
      for (Index frame = first; frame < first + count;) {
        const Index next = std::min(first + count, (frame / between + 1) * between);
        advance_segment(plan, states, next - frame, positions.data() + (frame - first) * plan.walkers * info.dimension,
                        failures, context, static_cast<double>(frame), static_cast<double>(frames));
        if (moves && next % between == 0) moves->apply(states, next / between);
        frame = next;
      }
      writer.write_segment(segment, {first, count, plan.walkers, info.dimension, positions.data()}, states);
    }
    info.dropped = states.dropped;
    failures.warn(states.dropped, context);
    writer.finish(info);
    context.counts().force_evaluations = states.force_evaluations;
    context.counts().score_evaluations = states.moves.score_evaluations;
    report_moves(states.moves, info, context);
    if (!system->abilities().exact_repetition)
      context.warn("this system does not promise exact repetition: run again, its last digits may differ");
    context.fact("walkers", info.walkers);
    context.fact("steps", info.steps);
    context.fact("simulated_time_per_walker", static_cast<double>(info.steps) * info.timestep);
    if (states.proposed > 0) {
      const double acceptance = static_cast<double>(states.accepted) / static_cast<double>(states.proposed);
      context.fact("acceptance", acceptance);
      context.show({"Steps accepted by the integrator",
                    {{"proposed", "", 0}, {"accepted", "", 0}, {"acceptance", "", 4}},
                    {{static_cast<double>(states.proposed), static_cast<double>(states.accepted), acceptance}}});
      if (acceptance < 0.01)
        context.warn(
            fmt::format("only {:.2g} % of the steps were accepted, so that walkers hardly moved; use a shorter "
                        "time step, or look whether the forces are finite",
                        100 * acceptance));
    }
  }

 private:
  [[nodiscard]] EnsembleInfo describe(const System& system, const Bias* bias, const Starts& starts,
                                      StageContext& context) const {
    const bool windows = bias != nullptr && bias->centred();
    EnsembleInfo info;
    info.stage = context.stage();
    info.cycle = context.cycle();
    info.dimension = system.dimension();
    info.walkers = starts.states.rows() * options_.walkers_per_start;
    info.stride = options_.stride;
    info.frames = options_.steps / options_.stride;
    info.steps = info.frames * options_.stride;
    info.discard_frames = options_.discard / options_.stride;
    info.thermal_energy = system.thermal_energy();
    info.timestep = system.timestep();
    info.system = context.resolved_yaml(options_.simulate.configured());
    if (options_.bias) info.bias = context.resolved_yaml(options_.bias.configured());
    if (windows) {
      info.coarse = starts.coarse;
      info.centres = starts.targets;
    } else if (bias != nullptr) {
      info.centres = Matrix::Zero(1, bias->coarse().size());  // one window; where its centre is does not matter
    }
    for (Index walker = 0; walker < info.walkers; ++walker) {
      const auto start = static_cast<std::size_t>(walker / options_.walkers_per_start);
      info.window.push_back(windows ? starts.target[start] : 0);
      info.origin.push_back(starts.origin[start]);
    }
    return info;
  }

  [[nodiscard]] SimulationPlan make_plan(const System& system, const Bias* bias, const EnsembleInfo& info,
                                         StageContext& context) const {
    SimulationPlan plan;
    plan.system = &system;
    plan.bias = bias;
    plan.walkers = info.walkers;
    plan.stride = options_.stride;
    set_running(plan, options_.on_failure, options_.batch, context);
    if (bias != nullptr) {
      plan.centres.resize(info.walkers, info.centres.cols());
      for (Index walker = 0; walker < info.walkers; ++walker)
        plan.centres.row(walker) = info.centres.row(info.window[static_cast<std::size_t>(walker)]);
    }
    return plan;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(simulate) {
  return Declaration<Stage, Options>("simulate", "Runs walkers from given starts, free or under a bias.")
      .reference("Kaestner, WIREs Comput. Mol. Sci. 1, 932 (2011), doi:10.1002/wcms.66 (umbrella sampling).")
      .parameter("simulate", &Options::simulate, unit::none, "The system to simulate.", required())
      .parameter("starts", &Options::starts, unit::none,
                 "Stage whose states the walkers start from; with a bias, their targets are the window centres.",
                 required())
      .parameter("bias", &Options::bias, unit::none, "Bias, centred for each walker at the target of its start.")
      .parameter("learned_bias", &Options::learned_bias, unit::none,
                 "Stage whose bias, learned and now fixed, acts on all walkers, in place of 'bias'.")
      .parameter("walkers_per_start", &Options::walkers_per_start, unit::none,
                 "Walkers begun from each start, each with its own noise.", at_least(1))
      .parameter("steps", &Options::steps, unit::none, "Steps of each walker.", required() | at_least(1))
      .parameter("stride", &Options::stride, unit::none, "Steps between saved frames.", at_least(1))
      .parameter("discard", &Options::discard, unit::none,
                 "Leading steps of each walker that estimators leave out as equilibration.", at_least(0))
      .parameter("on_failure", &Options::on_failure, unit::none,
                 "What a walker that leaves the finite range does: stop the run, drop out, or retry with fresh noise.",
                 one_of({"stop", "drop", "retry"}))
      .parameter("batch", &Options::batch, unit::none,
                 "Walkers advanced together by one task; affects speed only, never results.", between(1, 65536))
      .group("moves", &Options::moves, move_sentence, move_parameters())
      .produces<Ensemble>()
      .example(
          "{simulate: {potential: {type: harmonic, centre: [0, 0]}, temperature: 1, integrator: {type: "
          "euler_maruyama, timestep: 0.01}}, starts: start, steps: 1000}")
      .creates<Simulate>();
}

}  // namespace liftwell
