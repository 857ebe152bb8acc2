// SPDX-License-Identifier: MIT
// How long a short restrained run takes to heal a generated state.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "energy_law.hpp"
#include "liftwell/families/bias_stability.hpp"
#include "liftwell/families/frame_scan.hpp"
#include "restrained_runs.hpp"
#include "sample_source.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<Bias> bias;
  std::int64_t walkers = 64;
  std::int64_t steps = 2000;
  std::int64_t stride = 10;
  double fraction = 0.1;
  std::int64_t max_targets = 20;

  void check(Problems& problems) const {
    if (steps < 16 * stride)
      problems.add("steps", "must be at least 16 times 'stride', to see the energy settle", fmt::format("{}", steps));
  }
};

/// Energies of frames in the windows centred at a target.
struct Simulated {
  EnergyLaw potential = EnergyLaw::of_states({});
  EnergyLaw with_bias = EnergyLaw::of_states({});  ///< of no states where a window has another bias than the runs
};

struct Outcome {
  EnergyLaw drawn = EnergyLaw::of_states({}), relaxed = drawn;
  double walkers = 0, lost = 0, excess = std::nan(""), excess_error = std::nan("");
  double late = std::nan(""), late_error = std::nan("");  ///< what the runs end with over the simulated frames
  double time = std::nan(""), time_error = std::nan("");
  std::string verdict = "TOO FEW DRAWS";
  std::int64_t force_evaluations = 0;

  [[nodiscard]] bool healed() const { return std::isfinite(time); }
};

/// Draws are restrained at their targets, each in a run of its own, and the mean of V + bias over the walkers of a
/// target is followed. The excess at the start tells how far the draws are from the window's equilibrium (0 for right
/// ones), the healing time how long the window needs until all but `fraction` of it is gone: an equilibration to leave
/// out. The equilibrium is that of simulated frames in windows centred at the same target, with `data`, so that the
/// time does not depend on how long the runs are; else it is the last half of the runs. Errors are those of 100
/// resamplings of the walkers. Verdicts, the first that holds:
///   N LOST              walkers left the finite range, or draws were not finite: these never heal
///   NOT SETTLED         the energy drifts at the end of the runs, by more than three standard errors
///   SETTLED ELSEWHERE   the last half of the runs differs from simulated frames by more than three standard errors:
///                       draws are in wells where simulations are not, or simulations have not settled
///   nothing to heal     the excess is within two standard errors, and no draw is above all energies of the last halves
///   CANNOT TELL         the runs end within errors of simulated frames, but not as near as the goal: the excess is too
///                       small for so few walkers or frames
///   too narrow, healed  a negative excess: draws narrower than the law of the window, or near its minimum, which the
///                       run healed as well, but no start policy sees it, because such states look good one by one
///   healed
/// The time is known where there is nothing to heal and where it healed. Fewer than four draws of a target are TOO FEW.
/// Wrong weights of branches of like energy do not show here.
///
/// A second table has the potential energy without bias: of the draws, of the last halves of their runs, and, with
/// `data`, of simulated frames. Draws of a model that holds xi have slightly other energies than frames of a window, in
/// which xi is spread.
class HealingTime final : public ConsistencyCheck {
 public:
  explicit HealingTime(const Options& options) : options_(options) {}

  bool needs_draws() const override { return true; }
  bool needs_system() const override { return true; }
  using ConsistencyCheck::misfit;
  std::string misfit(const System& system) const override {
    return bias_misfit(options_.bias.build()->coarse(), system);
  }

  Findings evaluate(const DiagnosticRequest& request) const override {
    if (request.draws == nullptr || request.system == nullptr)
      throw InputError("healing_time needs draws and 'system'");
    const System& system = *request.system;
    if (!system.abilities().energies || !system.abilities().biases)
      throw InputError("healing_time needs a system that tells energies and accepts biases");
    const auto bias = options_.bias.build();
    if (auto text = bias->coarse().misfit(system); !text.empty()) throw InputError("healing_time: " + text);
    const Draws& draws = *request.draws;
    if (bias->coarse().size() != draws.targets.cols() || system.dimension() != draws.states.cols())
      throw InputError("healing_time: the draws do not fit 'system' or 'bias'");

    const Index count = std::min<Index>(options_.max_targets, draws.targets.rows());
    std::vector<Outcome> rows(static_cast<std::size_t>(count));
    std::vector<Index> chosen;
    for (Index i = 0; i < count; ++i) chosen.push_back(i * draws.targets.rows() / count);
    std::vector<Simulated> frames;
    for (const Index t : chosen) frames.push_back(simulated(request, *bias, draws.targets.row(t)));
    const RestrainedRuns runs{system, *bias, options_.steps, options_.stride};
    request.executor.for_each(count, [&](Index i) {
      const auto row = static_cast<std::size_t>(i);
      const Index t = chosen[row];
      rows[row] = heal(runs, evenly(draws_at(draws, t), options_.walkers), draws.targets.row(t), frames[row].with_bias,
                       child(request.stream, "healing", t));
    });
    Findings out = report(request, chosen, rows);
    report_energies(request, chosen, rows, frames, out);
    for (const Outcome& row : rows) out.force_evaluations += row.force_evaluations;
    return out;
  }

 private:
  /// The mean energy of simulated frames and its error, kT.
  struct Limit {
    double value = 0, error = 0;
  };

  Outcome heal(const RestrainedRuns& runs, const Matrix& states, const Vector& z, const EnergyLaw& simulated,
               const RandomStream& stream) const {
    Outcome out;
    out.walkers = static_cast<double>(states.rows());
    std::vector<Index> finite;
    for (Index w = 0; w < states.rows(); ++w)
      if (states.row(w).allFinite()) finite.push_back(w);
    const auto [drawn, potential, energies, force_evaluations] = runs.energies(states(finite, Eigen::all), z, stream);
    out.force_evaluations = force_evaluations;
    const double thermal = runs.system.thermal_energy();
    out.drawn = EnergyLaw::of_states(thermal * drawn);
    std::vector<Vector> late;
    for (Index w = 0; w < potential.rows(); ++w)
      late.emplace_back(thermal * potential.row(w).tail(potential.cols() / 2).transpose());
    out.relaxed = EnergyLaw::of_walkers(late);
    out.lost = static_cast<double>(states.rows() - energies.rows());
    if (energies.rows() < 4) {
      if (out.lost > 0) out.verdict = fmt::format("{:.0f} LOST", out.lost);
      return out;
    }
    std::optional<Limit> limit;
    if (std::isfinite(simulated.mean) && std::isfinite(simulated.error))
      limit = {simulated.mean / thermal, simulated.error / thermal};
    if (limit) compare_late(energies, *limit, out);
    judge(energies, limit, static_cast<double>(options_.stride) * runs.system.timestep(), stream, out);
    return out;
  }

  static void compare_late(const Matrix& energies, const Limit& limit, Outcome& out) {
    const Vector ends = energies.rightCols(energies.cols() / 2).rowwise().mean();
    const auto walkers = static_cast<double>(ends.size());
    out.late = ends.mean() - limit.value;
    out.late_error =
        std::sqrt((ends.array() - ends.mean()).square().sum() / (walkers * (walkers - 1)) + limit.error * limit.error);
  }

  /// Excess, time and verdict of the runs whose energies (walkers x looks, an `interval` of time apart) these are.
  void judge(const Matrix& energies, const std::optional<Limit>& limit, double interval, const RandomStream& stream,
             Outcome& out) const {
    const auto settling_of = [&](const Matrix& runs, double shift) {
      return Settling(runs, options_.fraction, limit ? std::optional(limit->value + shift) : std::nullopt);
    };
    const Settling settling = settling_of(energies, 0);
    out.excess = settling.excess;
    constexpr int resamplings = 100;
    RandomSequence random(stream.part({"resampling"}), 0);
    std::vector<double> excesses, times;
    Matrix sample(energies.rows(), energies.cols());
    for (int r = 0; r < resamplings; ++r) {
      for (Index w = 0; w < sample.rows(); ++w)
        sample.row(w) = energies.row(static_cast<Index>(random.below(static_cast<std::uint64_t>(sample.rows()))));
      const Settling again = settling_of(sample, limit ? limit->error * random.normal() : 0);
      excesses.push_back(again.excess);
      if (std::isfinite(again.time)) times.push_back(again.time);
    }
    out.excess_error = deviation(excesses);
    const bool within_error = std::abs(out.excess) <= 2 * out.excess_error;
    const bool nothing =
        within_error && energies.col(0).maxCoeff() <= energies.rightCols(energies.cols() / 2).maxCoeff();
    const bool still_there = limit && std::abs(out.late) > options_.fraction * std::abs(out.excess);
    if (out.lost > 0) {
      out.verdict = fmt::format("{:.0f} LOST", out.lost);
    } else if (!settling.settled) {
      out.verdict = "NOT SETTLED";
    } else if (limit && std::abs(out.late) > 3 * out.late_error) {
      out.verdict = "SETTLED ELSEWHERE";
    } else if (nothing) {
      out.verdict = "nothing to heal";
      out.time = out.time_error = 0;
    } else if (std::isnan(settling.time) || (within_error && still_there)) {
      out.verdict = "CANNOT TELL";
    } else {
      out.verdict = out.excess < 0 ? "too narrow, healed" : "healed";
      out.time = settling.time * interval;
      out.time_error = deviation(times) * interval;
    }
  }

  static double deviation(const std::vector<double>& values) {
    if (values.size() < 2) return std::nan("");
    const Eigen::Map<const Vector> all(values.data(), std::ssize(values));
    return std::sqrt((all.array() - all.mean()).square().sum() / static_cast<double>(all.size() - 1));
  }

  /// Of frames in windows centred at z.
  static Simulated simulated(const DiagnosticRequest& request, const Bias& bias, const Vector& z) {
    constexpr Index most = 20'000;  // frames of all windows together
    std::vector<std::shared_ptr<const Ensemble>> ensembles;
    for (const BiasedEnsemble& item : request.data) ensembles.push_back(item.ensemble);
    const Index stride = thinning(ensembles, most);
    std::vector<Vector> potential, with_bias;
    bool same_window = true;
    for (const BiasedEnsemble& item : request.data) {
      const EnsembleInfo& info = item.ensemble->info();
      if (info.dimension != request.system->dimension())
        throw InputError("healing_time: 'data' are not of 'system', their states have other dimensions");
      if (item.bias == nullptr || info.centres.cols() != z.size()) continue;
      const auto intact = intact_walkers(info);
      std::vector<Index> walkers;
      for (Index w = 0; w < info.walkers; ++w)
        if (const auto i = static_cast<std::size_t>(w);
            intact[i] && info.centres.row(info.window[i]).transpose().isApprox(z, 1e-9))
          walkers.push_back(w);
      if (walkers.empty()) continue;
      const std::size_t first = potential.size();
      for (auto* const energies : {&potential, &with_bias})
        energies->resize(first + walkers.size(), Vector(selected_frames(info, stride)));
      const auto lanes = std::ssize(walkers);
      BlockBuffer states(info.dimension, lanes), energies(1, lanes), own(1, lanes), other(1, lanes);
      scan_frames(*item.ensemble, stride, [&](const FrameBatch& batch) {
        for (Index f = 0; f < batch.frames; ++f) {
          for (Index lane = 0; lane < states.block().lanes(); ++lane) {  // padding repeats the last walker
            const float* state = batch.state(f, walkers[static_cast<std::size_t>(std::min(lane, lanes - 1))]);
            for (Index d = 0; d < info.dimension; ++d) states.block()(d, lane) = state[d];
          }
          request.system->energies(std::as_const(states).block(), energies.block().data());
          bias_energies(bias, z, states.block(), own.block());
          bias_energies(*item.bias, z, states.block(), other.block());
          const double kT = request.system->thermal_energy();
          same_window &= ((own.block().flat() - other.block().flat()).abs() <= 1e-6 * kT).all();
          for (Index lane = 0; lane < lanes; ++lane) {
            const std::size_t walker = first + static_cast<std::size_t>(lane);
            potential[walker][batch.first + f] = energies.block()(0, lane);
            with_bias[walker][batch.first + f] = energies.block()(0, lane) + own.block()(0, lane);
          }
        }
      });
    }
    Simulated out{EnergyLaw::of_walkers(potential)};
    if (same_window) out.with_bias = EnergyLaw::of_walkers(with_bias);
    return out;
  }

  static void bias_energies(const Bias& bias, const Vector& z, ConstBlock states, Block out) {
    BlockBuffer xi(z.size(), states.lanes()), centres(z.size(), states.lanes());
    for (Index k = 0; k < z.size(); ++k) centres.block().row(k).setConstant(z[k]);
    bias.coarse().values(states, xi.block());
    bias.evaluate(std::as_const(xi).block(), std::as_const(centres).block(), out.data(), {});
  }

  static void report_energies(const DiagnosticRequest& request, const std::vector<Index>& chosen,
                              const std::vector<Outcome>& rows, const std::vector<Simulated>& frames, Findings& out) {
    const Draws& draws = *request.draws;
    Table table{
        "Potential energy of draws, of the last halves of their restrained runs, and of simulated frames at the "
        "same targets; standard errors",
        {},
        {}};
    for (const std::string& coarse : draws.coarse) table.columns.push_back({coarse, "", 4});
    for (const Column& column : std::vector<Column>{{"states", "", 0},
                                                    {"number", "", 0},
                                                    {"mean", "energy", 2},
                                                    {"mean error", "energy", 2},
                                                    {"sd", "energy", 2}})
      table.columns.push_back(column);
    for (const double share : EnergyLaw::shares)
      table.columns.push_back({fmt::format("{:.0f} %", 100 * share), "energy", 2});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Vector z = draws.targets.row(chosen[i]);
      const auto add = [&](const std::string& states, const EnergyLaw& law) {
        auto& cells = table.rows.emplace_back();
        for (const double value : z) cells.emplace_back(value);
        cells.emplace_back(states);
        for (const double cell : {law.states, law.mean, law.error, law.deviation}) cells.emplace_back(cell);
        for (const double quantile : law.quantiles) cells.emplace_back(quantile);
        auto& values = out.at(draws.coarse, z).values;
        values["healing_time.energy_" + states + ".mean"] = law.mean;
        values["healing_time.energy_" + states + ".mean_error"] = law.error;
        values["healing_time.energy_" + states + ".sd"] = law.deviation;
        values["healing_time.energy_" + states + ".median"] = law.quantiles[law.quantiles.size() / 2];
      };
      add("drawn", rows[i].drawn);
      add("relaxed", rows[i].relaxed);
      if (!request.data.empty()) add("simulated", frames[i].potential);
    }
    out.tables.push_back(std::move(table));
  }

  static Matrix draws_at(const Draws& draws, Index target) {
    std::vector<Index> mine;
    for (std::size_t s = 0; s < draws.target.size(); ++s)
      if (draws.target[s] == target) mine.push_back(static_cast<Index>(s));
    return draws.states(mine, Eigen::all).cast<double>();
  }

  Findings report(const DiagnosticRequest& request, const std::vector<Index>& chosen,
                  const std::vector<Outcome>& rows) const {
    const Draws& draws = *request.draws;
    const bool compared =
        std::any_of(rows.begin(), rows.end(), [](const Outcome& row) { return std::isfinite(row.late); });
    Table table{
        fmt::format("Healing of draws in restrained runs of {} steps, to {:.3g} of the initial excess energy "
                    "over {}{}; standard errors",
                    options_.steps, options_.fraction, compared ? "simulated frames" : "the last half of the runs",
                    part_of_targets(std::ssize(chosen), draws.targets.rows())),
        {},
        {}};
    for (const std::string& coarse : draws.coarse) table.columns.push_back({coarse, "", 4});
    for (const Column& column : std::vector<Column>{
             {"walkers", "", 0}, {"lost", "", 0}, {"initial excess energy", "kT", 3}, {"excess error", "kT", 3}})
      table.columns.push_back(column);
    if (compared) {
      table.columns.push_back({"late excess energy", "kT", 3});
      table.columns.push_back({"late error", "kT", 3});
    }
    for (const Column& column :
         std::vector<Column>{{"healing time", "time", 5}, {"time error", "time", 5}, {"verdict", "", 0}})
      table.columns.push_back(column);
    double known = 0, excess = 0, largest = 0, narrow = 0, lost = 0, unhealed = 0, times = 0, longest = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Outcome& row = rows[i];
      auto& cells = table.rows.emplace_back();
      for (const double z : draws.targets.row(chosen[i])) cells.emplace_back(z);
      for (const double cell : {row.walkers, row.lost, row.excess, row.excess_error}) cells.emplace_back(cell);
      if (compared) cells.insert(cells.end(), {row.late, row.late_error});
      cells.insert(cells.end(), {row.time, row.time_error});
      cells.emplace_back(row.verdict);
      lost += row.lost;
      if (row.walkers > 0) {
        unhealed += row.healed() ? 0 : 1;
        times += row.time;
        longest = std::max(longest, row.time);
      }
      if (std::isnan(row.excess)) continue;
      ++known;
      excess += row.excess;
      largest = std::max(largest, std::abs(row.excess));
      narrow += row.excess < -2 * row.excess_error ? 1 : 0;
    }
    Findings out;
    const auto if_any = [&](double value) { return known > 0 ? value : std::nan(""); };
    const auto if_healed = [&](double value) { return unhealed > 0 ? std::nan("") : if_any(value); };
    out.values["healing_time.mean"] = if_healed(times / known);
    out.values["healing_time.longest"] = if_healed(longest);
    out.values["healing_time.mean_excess"] = if_any(excess / known);
    out.values["healing_time.largest_excess"] = if_any(largest);
    out.values["healing_time.lost_walkers"] = lost;
    out.values["healing_time.unhealed_targets"] = unhealed;
    out.values["healing_time.narrow_targets"] = narrow;
    out.tables.push_back(std::move(table));
    return out;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(healing_time) {
  return Declaration<ConsistencyCheck, Options>("healing_time",
                                                "How long a restrained run takes to heal a generated state.")
      .reference(
          "Textbook: first time at which the mean energy's excess over its long-time mean is below a fraction "
          "of the initial one.")
      .parameter("bias", &Options::bias, unit::none, "Bias that restrains each run at its draw's target.", required())
      .parameter("walkers", &Options::walkers, unit::none, "Most runs per target.", at_least(8))
      .parameter("steps", &Options::steps, unit::none, "Steps of each run; its last half should be at equilibrium.",
                 at_least(16))
      .parameter("stride", &Options::stride, unit::none, "Steps between two looks at the energy.", at_least(1))
      .parameter("fraction", &Options::fraction, unit::dimensionless,
                 "Share of the initial excess energy at which a state counts as healed.", inside(0, 1))
      .parameter("max_targets", &Options::max_targets, unit::none, "Most targets to run from, evenly chosen.",
                 at_least(1))
      .example("{type: healing_time, bias: {type: harmonic, on: {type: coordinate, index: 0}, stiffness: 10}}")
      .creates<HealingTime>();
}

}  // namespace liftwell
