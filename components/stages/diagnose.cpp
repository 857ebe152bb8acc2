// SPDX-License-Identifier: MIT
// diagnose: measures convergence and consistency; stop rules and readers look at the findings.
#include <fmt/format.h>

#include "ensemble_biases.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<ConsistencyCheck>> diagnose;
  Inputs<Ensemble> data;
  Input<Draws> draws;
  Input<Starts> starts;
  Input<FreeEnergy> free_energy;
  Component<System> system;
  std::vector<Component<CoarseVariable>> on;
};

class Diagnose final : public Stage {
 public:
  explicit Diagnose(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    for (const auto& component : options_.diagnose) {
      const auto check = component.build();
      const auto need = [&](bool needed, bool given, const char* key, const char* what) {
        if (needed && !given)
          context.error(key, fmt::format("is needed by the diagnostic '{}'", component.name()), what);
      };
      need(check->needs_data(), !options_.data.empty(), "data", "a simulate stage or a list of them");
      need(check->needs_draws(), !options_.draws.empty(), "draws", "a sample stage");
      need(check->needs_system(), static_cast<bool>(options_.system), "system", "a system");
      need(check->needs_coarse(), !options_.on.empty(), "on", "coarse variables");
      need(check->needs_free_energy(), !options_.free_energy.empty(), "free_energy", "an estimate stage");
      for (const Shape& data : context.shapes(options_.data.references))
        if (const auto misfit = check->misfit(data.dimension); !misfit.empty()) context.error("diagnose", misfit);
    }
    return {};
  }

  void run(StageContext& context) const override {
    const auto draws = context.load(options_.draws);
    const auto starts = context.load(options_.starts);
    const auto free_energy = context.load(options_.free_energy);
    const auto system = options_.system ? options_.system.build() : nullptr;
    const CoarseMap coarse(options_.on);
    Findings all;
    double done = 0;
    for (const auto& component : options_.diagnose) {
      const std::string& type = component.configured().declaration->name;
      Findings findings = component.build()->evaluate({with_biases(context.load(options_.data), context), draws.get(),
                                                       starts.get(), free_energy.get(), system.get(), &coarse,
                                                       context.stream(type), context.executor()});
      all.values.merge(findings.values);
      for (Table& table : findings.tables) {
        context.show(table);
        all.tables.push_back(std::move(table));
      }
      context.progress(++done, static_cast<double>(options_.diagnose.size()), "diagnostics");
    }
    save_artifact(context.folder(), all);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(diagnose) {
  return Declaration<Stage, Options>("diagnose", "Measures convergence and consistency.")
      .reference(
          "Gelman, Rubin, Statistical Science 7, 457 (1992); Szekely, Rizzo, J. Stat. Plan. Inference 143, 1249 "
          "(2013).")
      .parameter("diagnose", &Options::diagnose, unit::none, "What to measure, one or a list.", required())
      .parameter("data", &Options::data, unit::none, "Simulated ensembles.")
      .parameter("draws", &Options::draws, unit::none, "States drawn from a score model.")
      .parameter("starts", &Options::starts, unit::none, "Starting states.")
      .parameter("free_energy", &Options::free_energy, unit::none, "A free energy to judge.")
      .parameter("system", &Options::system, unit::none, "The system, for energies and exact references.")
      .parameter("on", &Options::on, unit::none, "Coarse variables.")
      .produces<Findings>()
      .example("{diagnose: {type: label_error}, draws: drawn, on: {type: coordinate, index: 0}}")
      .creates<Diagnose>();
}

}  // namespace liftwell
