// SPDX-License-Identifier: MIT
// sample: draws states from a trained score model at target coarse values (the lifting step).
#include <fmt/format.h>

#include "liftwell/families/score_model.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

struct Options {
  Input<TrainedScoreModel> sample;
  Input<Targets> at;
  std::int64_t per_target = 16;
  Component<Sampler> sampler;
};

class Sample final : public Stage {
 public:
  explicit Sample(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto models = context.shapes(options_.sample.references);
    const auto targets = context.shapes(options_.at.references);
    if (models.empty()) return {};
    if (!targets.empty() && targets.front().coarse != models.front().coarse)
      context.error("at", fmt::format("gives values of {}, but the model is conditioned on {}",
                                      fmt::join(targets.front().coarse, ", "), fmt::join(models.front().coarse, ", ")));
    return models.front();
  }

  void run(StageContext& context) const override {
    const auto folder = context.inputs(options_.sample.references).front();
    const auto model = context.restore<ScoreModel>(read_file(folder / "recipe.yaml"))->load(folder);
    const auto targets = context.load(options_.at);
    const auto sampler = options_.sampler.build();
    warn_outside(*model, *targets, context);

    Draws draws;
    draws.coarse = targets->coarse;
    draws.targets = targets->values;
    const Index count = targets->values.rows() * options_.per_target;
    Matrix labels(count, targets->values.cols());
    for (Index i = 0; i < count; ++i) {
      draws.target.push_back(i / options_.per_target);
      labels.row(i) = targets->values.row(i / options_.per_target);
    }
    draws.states.resize(count, model->dimension());
    // In pieces, so that a long draw shows its progress and can be interrupted.
    const Index piece = 16384;
    std::int64_t evaluations = 0;
    context.progress(0, static_cast<double>(count), "samples");
    for (Index first = 0; first < count; first += piece) {
      if (context.stop_requested()) context.interrupted();
      const Index rows = std::min(piece, count - first);
      draws.states.middleRows(first, rows) =
          model
              ->draw(*sampler, labels.middleRows(first, rows), context.stream("sampler noise"),
                     static_cast<std::uint32_t>(first), context.executor(), evaluations)
              .cast<float>();
      context.progress(static_cast<double>(first + rows), static_cast<double>(count), "samples");
    }
    save_artifact(context.folder(), draws);
    context.counts().score_evaluations = evaluations;
    context.facts()["samples"] = count;
  }

 private:
  static void warn_outside(const TrainedScoreModel& model, const Targets& targets, StageContext& context) {
    const Matrix range = model.label_range();
    for (Index k = 0; k < targets.values.cols(); ++k) {
      const double width = range(k, 1) - range(k, 0);
      const double below = range(k, 0) - targets.values.col(k).minCoeff();
      const double above = targets.values.col(k).maxCoeff() - range(k, 1);
      // One window beyond the edge is the method's way forward; further is guessing.
      if (std::max(below, above) > 0.1 * width)
        context.warn(fmt::format("targets of {} lie up to {:.3g} outside the training range [{:.4g}, {:.4g}]",
                                 targets.coarse[static_cast<std::size_t>(k)], std::max(below, above), range(k, 0),
                                 range(k, 1)));
    }
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(sample) {
  return Declaration<Stage, Options>("sample", "Draws states from a trained score model at target coarse values.")
      .reference("Crabtree, Bello-Rivas, Kevrekidis, arXiv 2312.05715 (lifting by a conditional generative model).")
      .parameter("sample", &Options::sample, unit::none, "Stage that trained the model.", required())
      .parameter("at", &Options::at, unit::none, "Stage that chose the target values.", required())
      .parameter("per_target", &Options::per_target, unit::none, "States drawn at each target.", at_least(1))
      .parameter("sampler", &Options::sampler, unit::none, "How the reverse process is integrated.", required())
      .produces<Draws>()
      .example("{sample: fit, at: centres, per_target: 16, sampler: {type: heun, steps: 20}}")
      .creates<Sample>();
}

}  // namespace liftwell
