// SPDX-License-Identifier: MIT
// A conditional score model learned by denoising score matching.
#include <fmt/format.h>

#include "denoising_model.hpp"
#include "denoising_training.hpp"
#include "learned_recipe.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/registry/registry.hpp"
#include "training_frame.hpp"

namespace liftwell {
namespace {

struct Options : ConditioningOptions {
  Component<NoiseProcess> noise;
  Component<ScoreNetwork> network;
  StandardiseOptions standardise;
  std::vector<double> state_periods;
  TrainingOptions training;
  bool torchscript = true;

  void check(Problems& problems) const {
    ConditioningOptions::check(problems);
    if (representation && !state_periods.empty())
      problems.add("state_periods", "are those of the representation, where there is one", "", "one of the two");
  }
};

class Denoising final : public LearnedRecipe {
 public:
  explicit Denoising(const Options& options)
      : LearnedRecipe("denoising", options, Circles::learned), options_(options) {}

  using LearnedRecipe::misfit;
  [[nodiscard]] std::string misfit(Index dimension) const override {
    const auto given = static_cast<Index>(options_.state_periods.size());
    if (given > 0 && given != dimension)
      return fmt::format("state_periods has {} numbers, but states have {} coordinates", given, dimension);
    return LearnedRecipe::misfit(dimension);
  }

 private:
  [[nodiscard]] std::unique_ptr<Training> learn(TrainingData data, FrameSetup frame, RandomStream stream,
                                                const Executor& executor) const override {
    frame.choice.follow = options_.standardise.follow;
    frame.choice.rotate = options_.standardise.rotate;
    if (const std::vector<double>& periods = options_.state_periods; !periods.empty())
      frame.choice.periods = Eigen::Map<const Vector>(periods.data(), static_cast<Index>(periods.size()));
    return denoising_training({options_.training, to_yaml(options_.noise.configured().resolved),
                               to_yaml(options_.network.configured().resolved), std::move(frame), options_.torchscript},
                              std::move(data), stream, executor);
  }
  [[nodiscard]] std::unique_ptr<TrainedScoreModel> learned(const std::filesystem::path& folder) const override {
    return trained_denoising_model(DenoisingModel::load(folder / "model.h5"));
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(denoising) {
  return with_conditioning(
             Declaration<ScoreModel, Options>("denoising", "Learns the score of noised states given coarse values.")
                 .reference("Vincent, Neural Computation 23, 1661 (2011), doi:10.1162/NECO_a_00142; preconditioning of "
                            "Karras et al., "
                            "NeurIPS 2022, arXiv 2206.00364, equation 7.")
                 .parameter("noise", &Options::noise, unit::none, "The noise process that is reversed.", required())
                 .parameter("network", &Options::network, unit::none, "The network that represents the score.",
                            required()))
      .group("standardise", &Options::standardise, standardisation_sentence, standardisation_parameters())
      .parameter("state_periods", &Options::state_periods, unit::length,
                 "Period of each state coordinate, 0 for those that have none; periodic ones are learned and drawn on "
                 "the circle, cut nowhere. Unset: none is periodic.",
                 at_least(0))
      .group("training", &Options::training, "How the network is trained.",
             Group<TrainingOptions>()
                 .parameter("steps", &TrainingOptions::steps, unit::none, "Number of optimiser steps.", at_least(1))
                 .parameter("batch", &TrainingOptions::batch, unit::none, "States in each step.", between(1, 1 << 20))
                 .parameter("learning_rate", &TrainingOptions::learning_rate, unit::dimensionless,
                            "Learning rate of Adam after the warm-up.", above(0))
                 .parameter("warm_up", &TrainingOptions::warm_up, unit::none,
                            "Steps over which the learning rate grows to its value.", at_least(0))
                 .parameter("decay", &TrainingOptions::decay, unit::none,
                            "How the learning rate falls: along a cosine to zero, or not at all.",
                            one_of({"cosine", "none"}))
                 .parameter("ema_decay", &TrainingOptions::ema_decay, unit::dimensionless,
                            "Decay per step of the exponential average of the weights, which is what is saved.",
                            between(0, 1))
                 .parameter("gradient_clip", &TrainingOptions::gradient_clip, unit::dimensionless,
                            "Largest norm of the gradient; 0 for no limit.", at_least(0))
                 .parameter("validation_fraction", &TrainingOptions::validation_fraction, unit::dimensionless,
                            "Fraction of the states that is kept from training to measure the loss.", between(0, 0.9))
                 .parameter("validation_every", &TrainingOptions::validation_every, unit::none,
                            "Steps between two measurements.", at_least(1))
                 .parameter("keep", &TrainingOptions::keep, unit::none,
                            "Which weights are saved: those of the lowest loss on the kept states, or the last.",
                            one_of({"best", "last"}))
                 .parameter("patience", &TrainingOptions::patience, unit::none,
                            "Training ends early after this many measurements without a new lowest loss; 0 for never.",
                            at_least(0))
                 .group("levels", &TrainingOptions::levels,
                        "The law that the noise levels r of training examples are drawn from, between the ends of the "
                        "noise process.",
                        training_levels_group()))
      .parameter("torchscript", &Options::torchscript, unit::none,
                 "Also write model.pt, which torch.jit.load reads; needs LibTorch. With a representation it is the "
                 "score of its "
                 "coordinates.")
      .example(
          "{noise: {type: variance_exploding}, network: {type: residual_mlp, width: 128, depth: 3}, condition: {type: "
          "coordinate, index: 0}, label_noise: 0.02, training: {steps: 4000, batch: 512}}")
      .creates<Denoising>();
}

}  // namespace liftwell
