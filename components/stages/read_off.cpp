// SPDX-License-Identifier: MIT
// read_off: the free energy that a learned bias implies by itself, with errors from its groups.
#include <fmt/format.h>

#include "free_energy_tables.hpp"
#include "learned_profile.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/learned_bias.hpp"
#include "profile_answers.hpp"

namespace liftwell {
namespace {

struct Options : AnswerOptions {
  Input<LearnedBias> read_off;
  std::vector<Component<CoarseVariable>> on;
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
    (void)options_.regions(coarse);
    return {0, coarse.names()};
  }

  void run(StageContext& context) const override {
    const auto learned = context.load(options_.read_off);
    const CoarseMap coarse(options_.on);
    const std::vector<RegionPair> regions = options_.regions(coarse);
    const Grid grid{learned->low, learned->high, learned->bins};
    FreeEnergy result = learned_profile(*learned, coarse, grid, regions);
    options_.add_exact(result, grid, regions, coarse, learned->system, context);
    context.write_units(result);
    save_artifact(context.folder(), result);
    context.fact("force_evaluations_of_the_bias", learned->force_evaluations);
    show_free_energy(result, context);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(read_off) {
  return with_answers(
             Declaration<Stage, Options>("read_off", "Reads off the free energy that a learned bias implies by itself.")
                 .reference("Errors: Textbook, standard error of the mean over independent repetitions.")
                 .parameter("read_off", &Options::read_off, unit::none, "Stage that learned the bias.", required())
                 .parameter("on", &Options::on, unit::none, "The coarse variables of the bias.", required()))
      .produces<FreeEnergy>()
      .example("{read_off: learned, on: {type: coordinate, index: 0}}")
      .creates<ReadOff>();
}

}  // namespace liftwell
