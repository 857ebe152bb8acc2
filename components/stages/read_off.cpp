// SPDX-License-Identifier: MIT
// read_off: the free energy that a learned bias implies by itself, with errors from its groups.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "free_energy_tables.hpp"
#include "learned_profile.hpp"
#include "liftwell/families/difference.hpp"
#include "liftwell/families/reference.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/learned_bias.hpp"

namespace liftwell {
namespace {

struct Options {
  Input<LearnedBias> read_off;
  std::vector<Component<CoarseVariable>> on;
  std::map<std::string, Component<Difference>> differences;
  Component<Reference> reference;
};

class ReadOff final : public Stage {
 public:
  explicit ReadOff(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const CoarseMap coarse(options_.on);
    for (const Shape& learned : context.shapes(options_.read_off.references))
      if (learned.coarse != coarse.names())
        context.error("on", fmt::format("names {}, but the bias was learned on {}", fmt::join(coarse.names(), ", "),
                                        fmt::join(learned.coarse, ", ")));
    for (const auto& [name, difference] : options_.differences) (void)difference.build()->regions(name, coarse);
    return {0, coarse.names()};
  }

  void run(StageContext& context) const override {
    const auto learned = context.load(options_.read_off);
    const CoarseMap coarse(options_.on);
    std::vector<RegionPair> regions;
    for (const auto& [name, difference] : options_.differences)
      regions.push_back(difference.build()->regions(name, coarse));
    const Grid grid{learned->low, learned->high, learned->bins};
    FreeEnergy result = learned_profile(*learned, coarse, grid, regions);
    if (options_.reference) {
      const auto system = context.restore<System>(learned->system);
      if (system->potential() == nullptr) throw InputError("'reference' needs a system with a potential");
      const auto reference = options_.reference.build();
      if (const auto misfit = reference->misfit(*system->potential(), coarse); !misfit.empty())
        throw InputError(misfit);
      add_reference(result, grid, regions, *reference, *system->potential(), coarse);
    }
    save_artifact(context.folder(), result);
    context.fact("force_evaluations_of_the_bias", learned->force_evaluations);
    show_free_energy(result, context);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(read_off) {
  return Declaration<Stage, Options>("read_off", "Reads off the free energy that a learned bias implies by itself.")
      .reference("Errors: Textbook, standard error of the mean over independent repetitions.")
      .parameter("read_off", &Options::read_off, unit::none, "Stage that learned the bias.", required())
      .parameter("on", &Options::on, unit::none, "The coarse variables of the bias.", required())
      .parameter("differences", &Options::differences, unit::none, "Named differences between two regions.")
      .parameter("reference", &Options::reference, unit::none,
                 "Exact answer to hold the result against, for systems small enough to have one.")
      .produces<FreeEnergy>()
      .example("{read_off: learned, on: {type: coordinate, index: 0}}")
      .creates<ReadOff>();
}

}  // namespace liftwell
