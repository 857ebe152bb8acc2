// SPDX-License-Identifier: MIT
// A conditional score model learned by denoising score matching.
#include <fmt/format.h>

#include "denoising_model.hpp"
#include "denoising_training.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/families/bias.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Standardisation {
  bool follow = true;
  bool rotate = true;
};

struct Options {
  Component<NoiseProcess> noise;
  Component<ScoreNetwork> network;
  std::vector<Component<CoarseVariable>> condition;
  std::vector<double> label_noise;
  Component<Bias> label_noise_of;
  std::string conditioning = "label_noise";
  Standardisation standardise;
  TrainingOptions training;
  bool torchscript = true;

  void check(Problems& problems) const {
    if (condition.empty()) problems.add("condition", "must name at least one coarse variable");
    if (!label_noise.empty() && label_noise_of)
      problems.add("label_noise_of", "cannot be given together with label_noise", {}, "one of the two");
    if (conditioning == "held" && (!label_noise.empty() || label_noise_of))
      problems.add("conditioning", "held coarse variables have no label noise", "held",
                   "'held' without label_noise, or 'label_noise'");
    if (conditioning != "held" && training.label_smoothing > 0)
      problems.add("training", "label_smoothing is for held coarse values; label noise smooths by itself", "",
                   "conditioning: held");
    if (label_noise.size() > 1 && label_noise.size() != condition.size())
      problems.add("label_noise", "must be one number, or one for each coarse variable of condition",
                   fmt::format("{} numbers for {} coarse variables", label_noise.size(), condition.size()));
  }
};

class Denoising final : public ScoreModel {
 public:
  explicit Denoising(const Options& options) : options_(options), condition_(options.condition) {
    if (options_.label_noise_of) bias_ = options_.label_noise_of.build();
  }

  [[nodiscard]] const CoarseMap& condition() const override { return condition_; }

  [[nodiscard]] Vector label_noise(double thermal_energy) const override {
    const Index size = condition_.size();
    if (bias_) {
      const Vector sigma = bias_->sigma(thermal_energy);
      if (bias_->coarse().names() != condition_.names())
        throw InputError(fmt::format("label_noise_of names a bias on {}, but the model is conditioned on {}",
                                     fmt::join(bias_->coarse().names(), ", "), fmt::join(condition_.names(), ", ")));
      return sigma;
    }
    if (options_.label_noise.empty()) return Vector::Zero(size);
    if (options_.label_noise.size() == 1) return Vector::Constant(size, options_.label_noise.front());
    return Eigen::Map<const Vector>(options_.label_noise.data(), size);
  }
  [[nodiscard]] bool labels_are_windows() const override { return bias_ != nullptr; }

  [[nodiscard]] std::unique_ptr<Training> start_training(TrainingData data, RandomStream stream,
                                                         const Executor& executor) const override {
    return denoising_training(
        {options_.training,
         to_yaml(options_.noise.configured().resolved),
         to_yaml(options_.network.configured().resolved),
         {&condition_, options_.conditioning == "held", {options_.standardise.follow, options_.standardise.rotate}},
         options_.torchscript},
        std::move(data), stream, executor);
  }
  [[nodiscard]] std::unique_ptr<TrainedScoreModel> load(const std::filesystem::path& folder) const override {
    return trained_denoising_model(DenoisingModel::load(folder / "model.h5"));
  }

 private:
  Options options_;
  CoarseMap condition_;
  std::unique_ptr<Bias> bias_;
};

}  // namespace

LIFTWELL_COMPONENT(denoising) {
  return Declaration<ScoreModel, Options>("denoising", "Learns the score of noised states given coarse values.")
      .reference(
          "Vincent, Neural Computation 23, 1661 (2011), doi:10.1162/NECO_a_00142; preconditioning of Karras et al., "
          "NeurIPS 2022, arXiv 2206.00364, equation 7.")
      .parameter("noise", &Options::noise, unit::none, "The noise process that is reversed.", required())
      .parameter("network", &Options::network, unit::none, "The network that represents the score.", required())
      .parameter("condition", &Options::condition, unit::none, "Coarse variables that the model is conditioned on.",
                 required())
      .parameter("label_noise", &Options::label_noise, unit::coarse,
                 "Standard deviation of the noise added to labels, one number or one for each coarse variable.",
                 at_least(0))
      .parameter("label_noise_of", &Options::label_noise_of, unit::none,
                 "Bias whose windows the model is to draw from: its sqrt(kT/stiffness) is the label noise, and states "
                 "of its windows are labelled with their window's centre.")
      .parameter("conditioning", &Options::conditioning, unit::none,
                 "label_noise: states are generated whole, near the requested value as the label noise says; held: the "
                 "requested value is held exactly and only the rest of the state is generated (linear coarse "
                 "variables).",
                 one_of({"label_noise", "held"}))
      .group("standardise", &Options::standardise,
             "How states are brought to mean 0 and variance 1 before they are learned; stored with the model.",
             Group<Standardisation>()
                 .parameter("follow", &Standardisation::follow, unit::none,
                            "Mean and width follow the coarse value, by splines; else they are those of all data.")
                 .parameter("rotate", &Standardisation::rotate, unit::none,
                            "Along the principal axes of what the coarse value leaves free; else along the "
                            "coordinates."))
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
                 .parameter("label_smoothing", &TrainingOptions::label_smoothing, unit::coarse,
                            "Standard deviation over which the shape of the law is averaged along held coarse values, "
                            "against learning more resolution than the data support.",
                            at_least(0)))
      .parameter("torchscript", &Options::torchscript, unit::none,
                 "Also write model.pt, which torch.jit.load reads; needs LibTorch.")
      .example(
          "{noise: {type: variance_exploding}, network: {type: residual_mlp, width: 128, depth: 3}, condition: {type: "
          "coordinate, index: 0}, label_noise: 0.02, training: {steps: 4000, batch: 512}}")
      .creates<Denoising>();
}

}  // namespace liftwell
