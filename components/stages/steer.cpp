// SPDX-License-Identifier: MIT
// steer: pulls walkers along a coarse variable by a moving restraint, and keeps the work that took.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>

#include "free_energy_tables.hpp"
#include "liftwell/families/bias_stability.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/hdf5.hpp"
#include "walker_failure.hpp"
#include "walker_start.hpp"
#include "walker_tile.hpp"
#include "work_average.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<System> steer;
  Component<Bias> bias;
  Input<Starts> starts;
  std::vector<double> from, to;
  std::int64_t walkers_per_start = 1;
  std::int64_t settle = 0;
  std::int64_t steps = 0;
  std::int64_t points = 20;
  std::int64_t batch = 256;

  void check(Problems& problems) const {
    for (const auto& [key, size] : {std::pair{"from", from.size()}, std::pair{"to", to.size()}})
      if (bias && size != static_cast<std::size_t>(bias.build()->coarse().size()))
        problems.add(key, "must have one number for each coarse variable of the bias", fmt::format("{} numbers", size),
                     fmt::format("{}", bias.build()->coarse().size()));
    if (steps > 0 && points > steps)
      problems.add("points", "is larger than the number of steps", std::to_string(points),
                   fmt::format("at most {}", steps));
  }
};

/// How far all walkers were pulled: what an interrupted pull needs to go on, to the last bit.
struct Pull {
  WalkerStates states;
  Matrix work;  ///< walkers x places at which it is kept

  [[nodiscard]] static std::filesystem::path file(const StageContext& context) {
    return context.folder() / "checkpoint.h5";
  }
  [[nodiscard]] static Pull load(const StageContext& context) {
    const Hdf5Reader from(file(context));
    return {.states = read_states(from), .work = from.matrix("work")};
  }
  void save(const StageContext& context) const {
    Hdf5Writer to(file(context));
    to.array("work", work);
    write_states(to, states);
    to.save();
  }
};

/// The centre of the bias rests at `from` for `settle` steps and then goes to `to` in a straight line (the short way
/// round a circle), a little before each step. The work on a walker is what its energy changes by when the centre moves
/// and it does not: W = Σ_i U(ξ_i; c_{i+1}) − U(ξ_i; c_i). Where walkers were in equilibrium at `from`, the free energy
/// A of system and bias together follows at every speed from
///   A(c) − A(from) = −kT ln⟨exp(−W/kT)⟩  (Jarzynski),
/// in practice as long as the work scatters by little more than kT. A tends to F where the bias is stiff.
class Steer final : public Stage {
 public:
  explicit Steer(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto system = options_.steer.build();
    const auto bias = options_.bias.build();
    check_bias(bias->coarse(), *system, context);
    if (!bias->centred()) context.error("bias", "has no centre to move");
    for (const auto& [key, place] : {std::pair{"from", &options_.from}, std::pair{"to", &options_.to}})
      for (Index k = 0; k < std::min<Index>(bias->coarse().size(), std::ssize(*place)); ++k)
        if (const auto misfit = bias->coarse().misfit_of_value(k, (*place)[static_cast<std::size_t>(k)]);
            !misfit.empty())
          context.error(key, misfit);
    if (const auto fault = unstable_everywhere(*system, *bias); !fault.empty()) context.error("bias", fault);
    check_starts(options_.starts, *system, context);
    return {0, bias->coarse().names(), false};
  }

  void run(StageContext& context) const override {
    const auto system = options_.steer.build();
    const auto bias = options_.bias.build();
    const auto starts = context.load(options_.starts);
    check_stability(*system, bias.get(), *starts, context);
    SimulationPlan plan;
    plan.system = system.get();
    plan.bias = bias.get();
    plan.walkers = starts->states.rows() * options_.walkers_per_start;
    if (plan.walkers == 0) throw RunError("there is no start to steer from");
    set_running(plan, "stop", options_.batch, context);
    plan.centres =
        Eigen::Map<const Eigen::RowVectorXd>(options_.from.data(), bias->coarse().size()).replicate(plan.walkers, 1);

    Pull pull = std::filesystem::exists(Pull::file(context))
                    ? Pull::load(context)
                    : Pull{initial_states(*system, *starts, options_.walkers_per_start, context),
                           Matrix::Zero(plan.walkers, options_.points + 1)};
    const auto planned = static_cast<double>(plan.walkers * (options_.settle + options_.steps));
    FailureLog failures;
    if (pull.states.steps_done < options_.settle) {
      plan.stride = options_.settle;
      std::vector<float> unused(static_cast<std::size_t>(plan.walkers * system->dimension()));
      advance_segment(plan, pull.states, 1, unused.data(), failures, context, 0,
                      1 + static_cast<double>(options_.steps) / static_cast<double>(options_.settle));
    }
    for (Index point = 0; point < options_.points; ++point) {
      if (pull.states.steps_done > options_.settle + step_of(point)) continue;  // before an interruption
      if (context.stop_requested()) {
        pull.save(context);
        context.interrupted();
      }
      pull.work.col(point + 1) = pull.work.col(point) + pulled(plan, point, pull.states, failures, context);
      context.progress(static_cast<double>(plan.walkers * pull.states.steps_done), planned, "walker-steps");
    }
    report(*system, *bias, pull.work, pull.states, context);
    std::filesystem::remove(Pull::file(context));
  }

 private:
  /// The centre after `step` of the steps of the pull.
  [[nodiscard]] Vector centre(const Bias& bias, Index step) const {
    Vector out(bias.coarse().size());
    const double fraction = static_cast<double>(step) / static_cast<double>(options_.steps);
    for (Index k = 0; k < out.size(); ++k) {
      const auto slot = static_cast<std::size_t>(k);
      out[k] = options_.from[slot] + fraction * bias.coarse().difference(k, options_.to[slot], options_.from[slot]);
    }
    return out;
  }

  /// Step at which the centre reaches point `point`.
  [[nodiscard]] Index step_of(Index point) const { return point * options_.steps / options_.points; }

  /// Pulls all walkers from one point to the next; the work on each.
  [[nodiscard]] Vector pulled(const SimulationPlan& plan, Index point, WalkerStates& states, FailureLog& failures,
                              StageContext& context) const {
    const Index begin = step_of(point), end = step_of(point + 1);
    Vector work = Vector::Zero(plan.walkers);
    std::atomic<std::int64_t> evaluations = 0;
    context.executor().for_each((plan.walkers + plan.tile - 1) / plan.tile, [&](Index t) {
      const Index first = t * plan.tile, lanes = std::min(plan.tile, plan.walkers - first);
      const auto step_on = [&](Tile& tile, Index step) -> Vector {
        const Vector done = tile.move_centres(centre(*plan.bias, step + 1));
        evaluations += lanes * tile.advance(plan.noise, options_.settle + step, 1);
        return done;
      };
      Tile tile(plan, first, lanes);
      tile.load(states);
      tile.move_centres(centre(*plan.bias, begin));
      for (Index step = begin; step < end; ++step) work.segment(first, lanes) += step_on(tile, step);
      for (Index lane = 0; lane < lanes && !tile.all_healthy(); ++lane) {
        if (tile.healthy(lane)) continue;
        failures.lost(examine(plan, first, lanes, lane, states, options_.settle + begin, end - begin,
                              [&](Tile& again, Index step) { (void)step_on(again, step - options_.settle); }));
        break;  // the first is told
      }
      tile.store(states);
    });
    failures.stop_run(context);
    states.steps_done += end - begin;
    states.force_evaluations += evaluations;
    return work;
  }

  void report(const System& system, const Bias& bias, const Matrix& work, const WalkerStates& states,
              StageContext& context) const {
    const double kT = system.thermal_energy();
    FreeEnergy out;
    out.estimator = "jarzynski";
    out.coarse = bias.coarse().names();
    out.thermal_energy = kT;
    out.points.resize(work.cols(), bias.coarse().size());
    out.values.resize(work.cols());
    out.standard_errors.resize(work.cols());
    Table table{"Work of steering in " + context.stage(),
                {{"centre", "", 0},
                 {"mean work", "energy", 3},
                 {"its spread", "energy", 3},
                 {"free energy", "energy", 3},
                 {"standard error", "energy", 3},
                 {"dissipated", "kT", 2},
                 {"walkers that count", "", 1}},
                {}};
    WorkAverage last;
    for (Index i = 0; i < work.cols(); ++i) {
      const Vector place = centre(bias, step_of(i));
      last = work_average(work.col(i), kT);
      out.points.row(i) = place.transpose();
      out.values[i] = last.free_energy;
      out.standard_errors[i] = last.standard_error;
      table.rows.push_back({fmt::format("{:.4g}", fmt::join(place.begin(), place.end(), ", ")), last.mean, last.spread,
                            last.free_energy, last.standard_error, (last.mean - last.free_energy) / kT,
                            last.effective});
    }
    const double lowest = out.values.minCoeff();
    out.values.array() -= lowest;
    out.differences.push_back({"end_minus_begin", last.free_energy, last.standard_error, {}});
    out.notes = {"of system and bias together, by the centre of the bias; not yet the F of the coarse variable"};
    if (last.effective < 20) {
      out.notes.push_back(
          fmt::format("the average rests on {:.1f} effective walkers of {}: pull more slowly, or more walkers",
                      last.effective, work.rows()));
      context.warn(out.notes.back());
    }
    context.write_units(out);
    save_artifact(context.folder(), out);
    context.counts().force_evaluations = states.force_evaluations;
    context.fact("walkers", work.rows());
    context.fact("mean_work", last.mean);
    context.fact("work_spread", last.spread);
    context.fact("free_energy", last.free_energy);
    context.show(table);
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(steer) {
  return Declaration<Stage, Options>("steer", "Pulls walkers by a moving restraint and keeps the work that took.")
      .reference(
          "Jarzynski, Phys. Rev. Lett. 78, 2690 (1997), eq. 2; steering: Isralewitz, Gao, Schulten, Curr. "
          "Opin. Struct. Biol. 11, 224 (2001).")
      .parameter("steer", &Options::steer, unit::none, "The system to simulate.", required())
      .parameter("bias", &Options::bias, unit::none, "The bias whose centre moves.", required())
      .parameter("starts", &Options::starts, unit::none, "Stage whose states the walkers start from.", required())
      .parameter("from", &Options::from, unit::coarse, "Where the centre begins, one entry per variable.", required())
      .parameter("to", &Options::to, unit::coarse, "Where the centre ends, one entry per variable.", required())
      .parameter("walkers_per_start", &Options::walkers_per_start, unit::none,
                 "Walkers begun from each start, each with its own noise.", at_least(1))
      .parameter("settle", &Options::settle, unit::none,
                 "Steps with the centre at rest, after which walkers are taken to be in equilibrium.", at_least(0))
      .parameter("steps", &Options::steps, unit::none, "Steps of the pull.", required() | at_least(1))
      .parameter("points", &Options::points, unit::none, "Places on the way at which the work is kept.", at_least(1))
      .parameter("batch", &Options::batch, unit::none,
                 "Walkers advanced together by one task; affects speed only, never results.", between(1, 65536))
      .produces<FreeEnergy>()
      .example(
          "{steer: {potential: {type: muller_brown}, temperature: 15, integrator: {type: leimkuhler_matthews, "
          "timestep: 1e-4}}, bias: {type: harmonic, on: {type: coordinate, index: 0}, stiffness: 2000}, starts: start, "
          "from: -0.55, to: 0.6, walkers_per_start: 64, settle: 2000, steps: 20000}")
      .creates<Steer>();
}

}  // namespace liftwell
