// SPDX-License-Identifier: MIT
// targets: chooses the coarse values to go to next.
#include <fmt/format.h>

#include "liftwell/families/target_policy.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<TargetPolicy> targets;
  Inputs<Ensemble> data;
};

/// "" unless some target can be nowhere, or targets along a periodic variable reach over more than one turn and lie on
/// one another.
std::string misfit_of(const Targets& targets, const CoarseMap& coarse) {
  for (Index k = 0; k < coarse.size(); ++k) {
    for (const double value : targets.values.col(k))
      if (auto misfit = coarse.misfit_of_value(k, value); !misfit.empty()) return misfit;
    if (targets.values.rows() == 0) continue;
    const auto misfit =
        coarse.misfit_of_interval(k, targets.values.col(k).minCoeff(), targets.values.col(k).maxCoeff());
    if (!misfit.empty()) return misfit;
  }
  return {};
}

class TargetsStage final : public Stage {
 public:
  explicit TargetsStage(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto policy = options_.targets.build();
    if (policy->needs_data() && options_.data.empty())
      context.error("data", "is needed: this policy looks at what was visited", "a simulate stage or a list of them");
    if (!policy->can_begin())
      context.error(
          "targets",
          fmt::format("has nothing to propose in the first cycle: there is no {} yet", policy->of().front().text()),
          "{type: union_of, policies: [...]} with a policy that can begin, such as grid, list or frontier");
    for (const Shape& data : context.shapes(options_.data.references)) {
      const CoarseMap& coarse = policy->coarse();
      const auto misfit = data.system != nullptr ? coarse.misfit(*data.system) : coarse.misfit(data.dimension);
      if (!misfit.empty()) context.error("data", misfit);
    }
    if (!policy->needs_data() && policy->of().empty())
      if (const auto misfit = misfit_of(policy->propose({}), policy->coarse()); !misfit.empty())
        context.error("targets", misfit);
    for (const StageReference& reference : policy->of())
      for (const Shape& estimate : context.shapes({reference}))
        if (estimate.coarse != policy->coarse().names())
          context.error("targets", fmt::format("are values of {}, but {} is a free energy along {}",
                                               fmt::join(policy->coarse().names(), ", "), reference.text(),
                                               fmt::join(estimate.coarse, ", ")));
    return {0, policy->coarse().names()};
  }

  void run(StageContext& context) const override {
    const auto policy = options_.targets.build();
    TargetRequest request{context.load(options_.data)};
    for (const StageReference& reference : policy->of())
      for (const auto& folder : context.inputs({reference}))
        request.free_energies[reference.text()] = load_artifact<FreeEnergy>(folder);
    const Targets targets = policy->propose(request);
    if (targets.values.rows() == 0)
      throw RunError(fmt::format("no target was chosen: {}; combine '{}' with another policy under union_of",
                                 targets.note, options_.targets.name()));
    save_artifact(context.folder(), targets);
    context.fact("targets", targets.values.rows());
    context.fact("note", targets.note);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(targets) {
  return Declaration<Stage, Options>("targets", "Chooses the coarse values to go to next.")
      .reference("Crabtree, Bello-Rivas, Kevrekidis, arXiv 2312.05715 (targets of the lifting step).")
      .parameter("targets", &Options::targets, unit::none, "How the values are chosen.", required())
      .parameter("data", &Options::data, unit::none, "Ensembles whose visited range, or whose windows, count.")
      .produces<Targets>()
      .example("{targets: {type: grid, on: {type: coordinate, index: 0}, low: -1, high: 1, count: 5}}")
      .creates<TargetsStage>();
}

}  // namespace liftwell
