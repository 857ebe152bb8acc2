// SPDX-License-Identifier: MIT
// exact: independent states from the exact law, at coarse values spread evenly: data without simulation.
#include <fmt/format.h>

#include <algorithm>

#include "liftwell/families/reference.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/trajectory.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<Reference> exact;
  Component<System> system;
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> low, high;
  std::int64_t count = 100000;

  void check(Problems& problems) const {
    for (const auto& [key, size] : {std::pair{"low", low.size()}, std::pair{"high", high.size()}})
      if (size != on.size())
        problems.add(key, "must have one entry for each coarse variable", fmt::format("{} entries", size),
                     fmt::format("{} entries", on.size()));
    for (std::size_t k = 0; k < std::min(low.size(), high.size()); ++k)
      if (!(low[k] < high[k]))
        problems.add("high", "must be above low", fmt::format("{}", high[k]), fmt::format("above {}", low[k]));
  }
};

/// State i has its coarse value uniform on the box, and the rest from the exact conditional law there.
class Exact final : public Stage {
 public:
  explicit Exact(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const std::shared_ptr<const System> system = options_.system.build();
    const CoarseMap coarse(options_.on);
    if (system->potential() == nullptr)
      context.error("system", "has no potential, so there is no exact law to draw from");
    else if (const auto misfit = options_.exact.build()->misfit(*system->potential(), coarse); !misfit.empty())
      context.error("exact", misfit);
    return {.dimension = system->dimension(), .coarse = {}, .system = system};
  }

  void run(StageContext& context) const override {
    const auto system = options_.system.build();
    const auto reference = options_.exact.build();
    const CoarseMap coarse(options_.on);
    // Rows of frames are walkers; so few that a piece is a small file, so many that pieces are few.
    const Index walkers = std::min<Index>(options_.count, 1000);
    const Index frames = options_.count / walkers;
    const Index dimension = system->dimension();
    const RandomStream places = context.stream("coarse values");
    const RandomStream states = context.stream("exact states");

    TrajectoryWriter writer(context.folder());
    constexpr Index per_segment = 16;
    std::vector<float> positions;
    for (Index segment = writer.segments(); segment * per_segment < frames; ++segment) {
      if (context.stop_requested()) context.interrupted();
      const Index first = segment * per_segment;
      const Index count = std::min(per_segment, frames - first);
      positions.resize(static_cast<std::size_t>(count * walkers * dimension));
      context.executor().for_each(count * walkers, [&](Index i) {
        const auto lane = static_cast<std::uint32_t>(first * walkers + i);
        RandomSequence place(places, lane);
        Vector z(coarse.size());
        for (Index k = 0; k < z.size(); ++k) {
          const auto slot = static_cast<std::size_t>(k);
          z[k] = options_.low[slot] + (options_.high[slot] - options_.low[slot]) * place.uniform();
        }
        const RandomStream own = states.part({std::to_string(lane)});
        const Matrix state =
            reference->conditional(*system->potential(), coarse, system->thermal_energy(), z, nullptr, 1, own);
        for (Index d = 0; d < dimension; ++d)
          positions[static_cast<std::size_t>(i * dimension + d)] = static_cast<float>(state(0, d));
      });
      const Eigen::Map<const FloatMatrix> last(positions.data() + (count - 1) * walkers * dimension, walkers,
                                               dimension);
      writer.write_segment(segment, {first, count, walkers, dimension, positions.data()},
                           {.positions = last.cast<double>(), .velocities = {}, .steps_done = first + count});
      context.progress(static_cast<double>((first + count) * walkers), static_cast<double>(frames * walkers), "states");
    }
    writer.finish(describe(*system, walkers, frames, context));
    context.fact("states", frames * walkers);
  }

 private:
  [[nodiscard]] EnsembleInfo describe(const System& system, Index walkers, Index frames,
                                      const StageContext& context) const {
    EnsembleInfo info;
    info.stage = context.stage();
    info.cycle = context.cycle();
    info.dimension = system.dimension();
    info.walkers = walkers;
    info.frames = info.steps = frames;
    info.stride = 1;
    info.thermal_energy = system.thermal_energy();
    info.timestep = system.timestep();
    info.system = context.resolved_yaml(options_.system.configured());
    info.window.assign(static_cast<std::size_t>(walkers), 0);
    info.origin.assign(static_cast<std::size_t>(walkers), "exact law");
    return info;
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(exact) {
  return Declaration<Stage, Options>("exact", "Independent states from the exact law, evenly spread in coarse value.")
      .reference("Textbook: inversion of tabulated conditional distribution functions.")
      .parameter("exact", &Options::exact, unit::none, "The exact law.", required())
      .parameter("system", &Options::system, unit::none, "The system whose law it is.", required())
      .parameter("on", &Options::on, unit::none, "Coarse variables whose values are spread evenly.", required())
      .parameter("low", &Options::low, unit::coarse, "Lowest coarse value, one entry per variable.", required())
      .parameter("high", &Options::high, unit::coarse, "Highest coarse value, one entry per variable.", required())
      .parameter("count", &Options::count, unit::none, "Number of states (whole thousands from 1000 on).", at_least(1))
      .produces<Ensemble>()
      .example(
          "{exact: {type: quadrature, low: [-2, -1], high: [1.5, 2.5]}, system: {potential: {type: muller_brown}, "
          "temperature: 15, integrator: {type: leimkuhler_matthews, timestep: 1e-4}}, on: {type: coordinate, index: "
          "0}, low: -1.3, high: 1.1, count: 400000}")
      .creates<Exact>();
}

}  // namespace liftwell
