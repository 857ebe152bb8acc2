// SPDX-License-Identifier: MIT
// diagnose: measures convergence and consistency; stop rules and readers look at the findings.
#include <fmt/format.h>

#include <set>

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
      check_stages(component.name(), check->data_stages(), context);
      const auto own = options_.system ? options_.system.build() : nullptr;
      bool compared = false;
      for (const Shape& data : context.shapes(options_.data.references)) {
        const System* const system = data.system != nullptr ? data.system.get() : own.get();
        compared |= system != nullptr;
        const auto misfit = system != nullptr ? check->misfit(*system) : check->misfit(data.dimension);
        if (!misfit.empty()) context.error("diagnose", fmt::format("{}: {}", component.name(), misfit));
      }
      if (own == nullptr) continue;
      if (!compared)
        if (const auto misfit = check->misfit(*own); !misfit.empty())
          context.error("diagnose", fmt::format("{}: {}", component.name(), misfit));
      if (options_.on.empty()) continue;
      if (const auto misfit = CoarseMap(options_.on).misfit(*options_.system.build()); !misfit.empty())
        context.error("on", misfit);
      if (const auto misfit = check->misfit(*options_.system.build(), CoarseMap(options_.on)); !misfit.empty())
        context.error("diagnose", fmt::format("{}: {}", component.name(), misfit));
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
      for (Table& table : findings.tables) {
        context.write_units(table);
        context.show(table);
      }
      context.counts().force_evaluations += findings.force_evaluations;
      take_up(std::move(findings), all);
      context.progress(++done, static_cast<double>(options_.diagnose.size()), "diagnostics");
    }
    if (starts != nullptr) add_acceptance(*starts, all);
    save_artifact(context.folder(), all);
  }

 private:
  void check_stages(const std::string& name, Index wanted, CheckContext& context) const {
    std::set<std::string> stages;
    for (const StageReference& reference : options_.data.references) stages.insert(reference.stage);
    if (wanted == 0 || stages.empty() || std::ssize(stages) == wanted) return;
    context.error("data",
                  fmt::format("names {} stages, but the diagnostic '{}' compares {}", stages.size(), name, wanted),
                  fmt::format("{} simulate stages", wanted));
  }

  static void take_up(Findings more, Findings& all) {
    all.values.merge(more.values);
    for (Table& table : more.tables) all.tables.push_back(std::move(table));
    for (TargetFinding& finding : more.targets)
      all.at(finding.coarse, Eigen::Map<const Vector>(finding.target.data(), static_cast<Index>(finding.target.size())))
          .values.merge(finding.values);
  }

  /// What became of the candidates for each window, beside what was measured of it.
  static void add_acceptance(const Starts& starts, Findings& all) {
    for (Index t = 0; t < starts.targets.rows(); ++t) {
      const auto row = static_cast<std::size_t>(t);
      auto& values = all.at(starts.coarse, starts.targets.row(t)).values;
      values["starts.proposed"] = static_cast<double>(starts.proposed.at(row));
      values["starts.accepted"] = static_cast<double>(starts.accepted.at(row));
      for (const auto& [reason, count] : starts.rejected.at(row))
        values["starts.rejected." + reason] = static_cast<double>(count);
    }
  }

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
      .parameter("starts", &Options::starts, unit::none,
                 "Starting states; what was accepted and rejected is given for each target.")
      .parameter("free_energy", &Options::free_energy, unit::none, "A free energy to judge.")
      .parameter("system", &Options::system, unit::none, "The system, for energies and exact references.")
      .parameter("on", &Options::on, unit::none, "Coarse variables.")
      .produces<Findings>()
      .example("{diagnose: {type: label_error}, draws: drawn, on: {type: coordinate, index: 0}}")
      .creates<Diagnose>();
}

}  // namespace liftwell
