// SPDX-License-Identifier: MIT
// estimate: free energy over coarse variables, and differences between regions, with error bars.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "correction.hpp"
#include "ensemble_biases.hpp"
#include "free_energy_tables.hpp"
#include "liftwell/registry/registry.hpp"
#include "profile_answers.hpp"

namespace liftwell {
namespace {

struct Options : AnswerOptions {
  Component<Estimator> estimate;
  Inputs<Ensemble> data;
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> low, high;
  std::vector<std::int64_t> bins;

  void check(Problems& problems) const {
    const auto sized = [&](const char* key, std::size_t size) {
      if (size != on.size())
        problems.add(key, "must have one entry for each coarse variable", fmt::format("{} entries", size),
                     fmt::format("{} entries", on.size()));
    };
    sized("low", low.size());
    sized("high", high.size());
    sized("bins", bins.size());
    for (std::size_t k = 0; k < std::min(low.size(), high.size()); ++k)
      if (!(low[k] < high[k]))
        problems.add("high", "must be above low", fmt::format("{}", high[k]), fmt::format("above {}", low[k]));
  }
};

class Estimate final : public Stage {
 public:
  explicit Estimate(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const CoarseMap coarse(options_.on);
    check_data(coarse, context);
    (void)options_.regions(coarse);
    for (Index k = 0; k < coarse.size(); ++k) {
      const auto slot = static_cast<std::size_t>(k);
      const auto misfit = coarse.misfit_of_interval(k, options_.low[slot], options_.high[slot]);
      if (!misfit.empty()) context.error("high", misfit);
    }
    return {0, coarse.names()};
  }

  void run(StageContext& context) const override {
    const auto ensembles = context.load(options_.data);
    if (ensembles.empty()) throw RunError("there is no ensemble to estimate from yet");
    const double kT = ensembles.front()->info().thermal_energy;
    for (const auto& ensemble : ensembles)
      if (ensemble->info().thermal_energy != kT)
        throw InputError(
            fmt::format("ensembles at kT = {} and {} cannot be pooled", kT, ensemble->info().thermal_energy));
    require_one_potential(ensembles, context);
    const CoarseMap coarse(options_.on);
    const Grid grid = make_grid();
    const std::vector<RegionPair> regions = options_.regions(coarse);
    context.progress(0, 1, "estimates");
    FreeEnergy result = options_.estimate.build()->estimate(
        {with_biases(ensembles, context), coarse, grid, regions, kT, context.stream("bootstrap"), context.executor()});
    options_.add_exact(result, grid, regions, coarse, ensembles.front()->info().system, context);
    context.write_units(result);
    save_artifact(context.folder(), result);
    context.progress(1, 1, "estimates");
    show_free_energy(result, context);
  }

 private:
  void check_data(const CoarseMap& coarse, CheckContext& context) const {
    Index dimension = 0;
    double thermal_energy = 0;
    const std::vector<Shape> shapes = context.shapes(options_.data.references);
    PlannedData planned{.coarse = coarse, .bins = make_grid().cells()};
    std::shared_ptr<const System> first;
    for (const Shape& data : shapes) {
      const auto misfit = data.system != nullptr ? coarse.misfit(*data.system) : coarse.misfit(data.dimension);
      if (!misfit.empty()) context.error("on", misfit);
      planned.ensembles.push_back({data.biased, data.bias});
      planned.frames = std::max(planned.frames, data.frames);
      if (planned.frame_time == 0 || (data.frame_time > 0 && data.frame_time < planned.frame_time))
        planned.frame_time = data.frame_time;
      if (dimension != 0 && data.dimension != 0 && data.dimension != dimension)
        context.error("data", fmt::format("mixes states of dimension {} and {}", dimension, data.dimension));
      dimension = std::max(dimension, data.dimension);
      if (data.system == nullptr) continue;
      const double own = data.system->thermal_energy();
      if (thermal_energy > 0 && own != thermal_energy)
        context.error("data", fmt::format("ensembles at kT = {} and {} cannot be pooled", thermal_energy, own));
      thermal_energy = own;
      if (first == nullptr) first = data.system;
      if (const auto probes = probe_states(*first, *data.system); probes && differ(*first, *data.system, *probes))
        context.error("data", "ensembles of systems with different energies cannot be pooled");
    }
    planned.dimension = dimension;
    if (shapes.size() < options_.data.references.size()) return;  // of some nothing is known
    if (const auto misfit = options_.estimate.build()->misfit(planned); !misfit.empty()) context.error("data", misfit);
  }

  /// Whether energies of two systems differ by more than a constant, as far as finite ones at these states tell.
  static bool differ(const System& one, const System& other, const Matrix& states) {
    const Vector first = ExactLaw(one, nullptr).log_density(states, {});
    const Vector second = ExactLaw(other, nullptr).log_density(states, {});
    double low = std::numeric_limits<double>::infinity(), high = -low, largest = 0;
    for (Index n = 0; n < first.size(); ++n) {
      if (!std::isfinite(first[n]) || !std::isfinite(second[n])) continue;
      low = std::min(low, first[n] - second[n]);
      high = std::max(high, first[n] - second[n]);
      largest = std::max(largest, std::abs(first[n]));
    }
    return high - low > 1e-6 + 1e-9 * largest;
  }

  /// States at which both systems can be compared before anything ran: a molecule has no energy at random ones.
  static std::optional<Matrix> probe_states(const System& one, const System& other) {
    const auto comparable = [](const System& system) {
      return system.abilities().energies && system.molecule() == nullptr;
    };
    if (&one == &other || one.dimension() != other.dimension() || one.thermal_energy() != other.thermal_energy() ||
        !comparable(one) || !comparable(other))
      return std::nullopt;
    RandomSequence random(RandomStream::named(1, {"probes of potentials"}), 0);
    Matrix states(8, one.dimension());
    for (double& x : states.reshaped()) x = random.normal();
    return states;
  }

  /// Frames of different potentials have no one free energy. Integrators may differ.
  static void require_one_potential(const std::vector<std::shared_ptr<const Ensemble>>& ensembles,
                                    const StageContext& context) {
    const EnsembleInfo& first = ensembles.front()->info();
    for (const auto& ensemble : ensembles) {
      const EnsembleInfo& info = ensemble->info();
      if (info.system == first.system || info.frames == 0) continue;
      const auto one = context.restore<System>(first.system), other = context.restore<System>(info.system);
      if (!one->abilities().energies || !other->abilities().energies) continue;
      if (differ(*one, *other, ensemble->last_states()))
        throw InputError(fmt::format("ensembles {} and {} are of systems with different energies and cannot be pooled",
                                     first.stage, info.stage));
    }
  }

  [[nodiscard]] Grid make_grid() const {
    Grid grid;
    grid.low = Eigen::Map<const Vector>(options_.low.data(), static_cast<Index>(options_.low.size()));
    grid.high = Eigen::Map<const Vector>(options_.high.data(), static_cast<Index>(options_.high.size()));
    for (const std::int64_t bins : options_.bins) grid.bins.push_back(bins);
    return grid;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(estimate) {
  return with_answers(Declaration<Stage, Options>(
                          "estimate", "Estimates a free energy and differences between regions, with errors.")
                          .reference("Shirts, Chodera, J. Chem. Phys. 129, 124105 (2008), doi:10.1063/1.2978177.")
                          .parameter("estimate", &Options::estimate, unit::none, "The estimator.", required())
                          .parameter("data", &Options::data, unit::none, "Ensembles to estimate from.", required())
                          .parameter("on", &Options::on, unit::none, "Coarse variables of the profile.", required())
                          .parameter("low", &Options::low, unit::coarse,
                                     "Lower end of the grid, one entry per variable.", required())
                          .parameter("high", &Options::high, unit::coarse,
                                     "Upper end of the grid, one entry per variable.", required())
                          .parameter("bins", &Options::bins, unit::none, "Number of bins, one entry per variable.",
                                     required() | at_least(1)))
      .produces<FreeEnergy>()
      .example("{estimate: {type: mbar}, data: windows, on: {type: coordinate, index: 0}, low: -1, high: 1, bins: 20}")
      .creates<Estimate>();
}

}  // namespace liftwell
