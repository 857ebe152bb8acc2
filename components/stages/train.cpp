// SPDX-License-Identifier: MIT
// train: learns a score model from simulated frames.
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "frame_weights.hpp"
#include "liftwell/families/frame_scan.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/families/torch_module.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<ScoreModel> train;
  Inputs<Ensemble> data;
  Input<FreeEnergy> reweight;
  std::int64_t max_frames = 200000;
};

/// Frames of all ensembles, thinned evenly, and which of them are labelled with their own coarse value.
struct Gathered {
  TrainingData data;
  std::vector<Index> own_label;
};

/// A frame of a window is labelled with the window's centre where the model's label noise is that
/// window's own; every other frame with ξ(x) and label noise.
Gathered gather(const std::vector<std::shared_ptr<const Ensemble>>& ensembles, const ScoreModel& recipe,
                Index max_frames) {
  const CoarseMap& coarse = recipe.condition();
  const Index stride = thinning(ensembles, max_frames);
  Index rows = 0;
  for (const auto& ensemble : ensembles) {
    const auto intact = intact_walkers(ensemble->info());
    rows += selected_frames(ensemble->info(), stride) * std::count(intact.begin(), intact.end(), true);
  }
  if (rows < 16)
    throw InputError(fmt::format("there are only {} frames to train on; simulate longer or save more often", rows));
  Gathered out;
  TrainingData& data = out.data;
  data.coarse = coarse.names();
  data.states.resize(rows, ensembles.front()->info().dimension);
  data.labels.resize(rows, coarse.size());
  data.label_noise.resize(rows, coarse.size());
  Index row = 0;
  for (const auto& ensemble : ensembles) {
    const EnsembleInfo& info = ensemble->info();
    const auto intact = intact_walkers(info);
    // A bias without centres (its ensemble names no variables for them) leaves frames with their own values.
    const bool labelled = recipe.labels_are_windows() && !info.bias.empty() && !info.coarse.empty();
    const Vector noise = recipe.label_noise(info.thermal_energy);
    scan_frames(*ensemble, stride, [&](const FrameBatch& batch) {
      const Matrix values = coarse.values(batch.positions, batch.rows(), batch.dimension);
      for (Index i = 0; i < batch.rows(); ++i) {
        const Index walker = i % batch.walkers;
        if (!intact[static_cast<std::size_t>(walker)]) continue;
        data.states.row(row) =
            Eigen::Map<const Eigen::RowVectorXf>(batch.positions + i * batch.dimension, batch.dimension);
        if (labelled) {
          data.labels.row(row) = info.centres.row(info.window[static_cast<std::size_t>(walker)]).cast<float>();
          data.label_noise.row(row).setZero();
        } else {
          data.labels.row(row) = values.row(i).cast<float>();
          data.label_noise.row(row) = noise.transpose().cast<float>();
          out.own_label.push_back(row);
        }
        ++row;
      }
    });
  }
  ensure(row == rows, "the number of training frames changed while reading them");
  return out;
}

/// Frames labelled with their own coarse value get the equilibrium law along it. Frames of windows
/// labelled with their centres have that of their window already. Returns how many weigh nothing.
Index reweight(Gathered& frames, const FreeEnergy& profile, const CoarseMap& coarse) {
  const auto count = static_cast<Index>(frames.own_label.size());
  if (count == 0) return 0;
  Matrix values(count, coarse.size());
  for (Index i = 0; i < count; ++i)
    values.row(i) = frames.data.labels.row(frames.own_label[static_cast<std::size_t>(i)]).cast<double>();
  const std::vector<double> weights = equilibrium_weights(profile, coarse, values);
  frames.data.weights.assign(static_cast<std::size_t>(frames.data.states.rows()), 1.0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    frames.data.weights[static_cast<std::size_t>(frames.own_label[i])] = weights[i];
  return std::count(weights.begin(), weights.end(), 0.0);
}

class Train final : public Stage {
 public:
  explicit Train(const Options& options) : options_(options) {}

  [[nodiscard]] Shape check(CheckContext& context) const override {
    const auto recipe = options_.train.build();
    Shape shape{0, recipe->condition().names(), recipe->holds_condition()};
    for (const Shape& data : context.shapes(options_.data.references)) {
      const auto misfit = data.system != nullptr ? recipe->misfit(*data.system) : recipe->misfit(data.dimension);
      if (!misfit.empty()) context.error("data", misfit);
      if (shape.dimension != 0 && shape.dimension != data.dimension)
        context.error("data", fmt::format("mixes states of dimension {} and {}", shape.dimension, data.dimension));
      shape.dimension = data.dimension;
    }
    for (const Shape& profile : context.shapes(options_.reweight.references))
      if (profile.coarse != shape.coarse)
        context.error("reweight", fmt::format("is a free energy along {}, but the model is conditioned on {}",
                                              fmt::join(profile.coarse, ", "), fmt::join(shape.coarse, ", ")));
    return shape;
  }

  void run(StageContext& context) const override {
    const auto recipe = options_.train.build();
    const auto ensembles = context.load(options_.data);
    if (ensembles.empty()) throw RunError("there is nothing to train on yet in this cycle");
    Gathered frames = gather(ensembles, *recipe, options_.max_frames);
    context.fact("training_frames", frames.data.states.rows());
    if (const auto profile = context.load(options_.reweight); profile != nullptr)
      if (const Index lost = reweight(frames, *profile, recipe->condition()); lost > 0)
        context.warn(fmt::format("{} of {} frames lie where the free energy is not known and are not learned from",
                                 lost, frames.own_label.size()));
    auto training = recipe->start_training(std::move(frames.data), context.stream("training"), context.executor());

    const auto checkpoint = context.folder() / "checkpoint.h5";
    if (std::filesystem::exists(checkpoint)) training->load_checkpoint(checkpoint);
    auto saved = std::chrono::steady_clock::now();
    const auto pause = [&](const TrainingProgress& progress) {
      context.progress(static_cast<double>(progress.step), static_cast<double>(progress.steps), "training steps");
      const auto now = std::chrono::steady_clock::now();
      // When a checkpoint is written does not matter to the result: training is a function of the step.
      if (now - saved > std::chrono::seconds(3)) {
        training->save_checkpoint(checkpoint);
        saved = now;
      }
      return context.stop_requested();
    };
    if (!training->advance(pause)) {
      training->save_checkpoint(checkpoint);
      context.interrupted();
    }
    training->write_model(context.folder());
    if (std::filesystem::exists(context.folder() / "model.pt")) warn_of_slow_blas(context);
    write_file(context.folder() / "recipe.yaml", context.resolved_yaml(options_.train.configured()));
    std::filesystem::remove(checkpoint);
    context.counts().train_steps = training->steps_done();
    report(*training, context);
  }

 private:
  /// LibTorch is open once model.pt was written, so asking it costs nothing more.
  static void warn_of_slow_blas(StageContext& context) {
    const TorchBlas blas = torch_blas();
    if (blas.fast) return;
    context.warn(fmt::format(
        "LibTorch {} does its linear algebra with {}, which is 10 to 20 times slower than OpenBLAS; "
        "install libopenblas0-pthread",
        blas.torch_version,
        blas.libraries.empty() ? "its own reference code" : fmt::format("{}", fmt::join(blas.libraries, ", "))));
  }

  static void report(const Training& training, StageContext& context) {
    nlohmann::json history = nlohmann::json::array();
    for (const TrainingProgress& line : training.history()) {
      history.push_back({{"step", line.step}, {"loss", line.loss}, {"validation_loss", line.validation_loss}});
    }
    context.facts()["training_history"] = std::move(history);
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(train) {
  return Declaration<Stage, Options>("train", "Learns a score model from simulated frames.")
      .reference(
          "Vincent, Neural Computation 23, 1661 (2011), doi:10.1162/NECO_a_00142; Song et al., arXiv 2011.13456.")
      .parameter("train", &Options::train, unit::none, "The score model to train.", required())
      .parameter("data", &Options::data, unit::none, "Ensembles to learn from.", required())
      .parameter("reweight", &Options::reweight, unit::none,
                 "Free energy along 'condition'. Frames labelled with their own coarse value then count as if drawn "
                 "from equilibrium along it, as label noise wants; without it as often as they were simulated.")
      .parameter("max_frames", &Options::max_frames, unit::none, "Frames used at most; more are thinned evenly.",
                 at_least(16))
      .produces<TrainedScoreModel>()
      .example(
          "{train: {noise: {type: variance_exploding}, network: {type: residual_mlp}, condition: {type: "
          "coordinate, index: 0}, label_noise: 0.02}, data: explore}")
      .creates<Train>();
}

}  // namespace liftwell
