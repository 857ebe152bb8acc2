// SPDX-License-Identifier: MIT
// The score without training: a kernel estimate over the data.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "kernel_model.hpp"
#include "learned_recipe.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"
#include "prepared_training.hpp"
#include "training_frame.hpp"

namespace liftwell {
namespace {

struct Options : ConditioningOptions {
  Component<NoiseProcess> noise;
  std::vector<double> label_bandwidth;
  std::optional<double> smoothing;
  std::int64_t max_states = 20000;
  StandardiseOptions standardise;

  void check(Problems& problems) const {
    ConditioningOptions::check(problems);
    if (label_bandwidth.size() > 1 && label_bandwidth.size() != condition.size())
      problems.add("label_bandwidth", "must be one number, or one for each coarse variable of condition",
                   fmt::format("{} numbers for {} coarse variables", label_bandwidth.size(), condition.size()));
  }
};

/// Of `rows` states, those that are kept: evenly spaced, of positive weight, in the order of their labels
/// where these are one for each.
std::vector<Index> chosen(const TrainingData& data, Index most, bool sorted) {
  std::vector<Index> out;
  for (Index i = 0; i < data.states.rows(); ++i)
    if (data.weights.empty() || data.weights[static_cast<std::size_t>(i)] > 0) out.push_back(i);
  const auto all = static_cast<Index>(out.size());
  if (all > most) {
    for (Index i = 0; i < most; ++i) out[static_cast<std::size_t>(i)] = out[static_cast<std::size_t>(i * all / most)];
    out.resize(static_cast<std::size_t>(most));
  }
  if (sorted)
    std::stable_sort(out.begin(), out.end(), [&](Index a, Index b) { return data.labels(a, 0) < data.labels(b, 0); });
  return out;
}

/// A bandwidth for labels that carry no noise. Windows: a quarter of the smallest distance of two centres, so
/// that a centre sees its own states alone and values between the nearest. Else Silverman's rule.
Vector default_bandwidth(const KernelModel& model, bool windows) {
  std::vector<Index> exact;
  for (Index i = 0; i < model.size(); ++i)
    if ((model.label_noise.row(i).array() == 0).any()) exact.push_back(i);
  Vector out = Vector::Ones(model.labels.cols());
  for (Index k = 0; k < out.size() && !exact.empty(); ++k) {
    const Vector values = model.labels(exact, k).cast<double>();
    if (windows) {
      std::vector<double> centres(values.begin(), values.end());
      std::sort(centres.begin(), centres.end());
      double gap = 0;
      for (std::size_t i = 1; i < centres.size(); ++i)
        if (const double step = centres[i] - centres[i - 1]; step > 0) gap = gap > 0 ? std::min(gap, step) : step;
      if (gap > 0) out[k] = gap / 4;
      continue;
    }
    const Vector weights = model.log_weights(exact).array().exp();
    const double count = weights.sum() * weights.sum() / weights.squaredNorm();
    const double mean = values.dot(weights) / weights.sum();
    const double deviation = std::sqrt((values.array() - mean).square().matrix().dot(weights) / weights.sum());
    if (deviation > 0) out[k] = deviation * silverman_width(count, out.size());
  }
  return out;
}

class Kernel final : public LearnedRecipe {
 public:
  explicit Kernel(const Options& options) : LearnedRecipe("kernel", options, Circles::cut), options_(options) {}

 private:
  [[nodiscard]] std::unique_ptr<Training> learn(TrainingData data, FrameSetup frame, RandomStream stream,
                                                const Executor&) const override {
    frame.choice = options_.standardise.choice();
    TrainingFrame fitted = fit_frame(data, frame, stream);
    auto model = std::make_shared<KernelModel>();
    model->noise = to_yaml(options_.noise.configured().resolved);
    model->coarse = data.coarse;
    model->period = fitted.period;
    model->label_range = fitted.label_range;
    model->frame = std::move(fitted.frame);
    model->smoothing = options_.smoothing.value_or(-1);
    const auto rows = chosen(data, options_.max_states, model->sorted());
    model->features = fitted.features(rows, Eigen::all);
    model->labels = data.labels(rows, Eigen::all);
    model->label_noise = data.label_noise(rows, Eigen::all);
    model->log_weights = Vector::Zero(static_cast<Index>(rows.size()));
    if (!data.weights.empty())
      for (std::size_t i = 0; i < rows.size(); ++i)
        model->log_weights[static_cast<Index>(i)] = std::log(data.weights[static_cast<std::size_t>(rows[i])]);
    model->bandwidth = bandwidth(*model);
    return std::make_unique<PreparedTraining>([model](const auto& folder) { model->save(folder / "model.h5"); });
  }
  [[nodiscard]] std::unique_ptr<TrainedScoreModel> learned(const std::filesystem::path& folder) const override {
    return trained_kernel_model(KernelModel::load(folder / "model.h5"));
  }
  [[nodiscard]] Vector bandwidth(const KernelModel& model) const {
    const std::vector<double>& given = options_.label_bandwidth;
    if (given.empty()) return default_bandwidth(model, labels_are_windows());
    if (given.size() == 1) return Vector::Constant(model.labels.cols(), given.front());
    return Eigen::Map<const Vector>(given.data(), model.labels.cols());
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(kernel) {
  return with_conditioning(
             Declaration<ScoreModel, Options>(
                 "kernel", "The score as a kernel estimate over the data: no training, exact for the smoothed data.")
                 .reference("arXiv 2504.20375 (training-free Monte Carlo estimate of the conditional score); "
                            "smoothing: Silverman, Density Estimation (1986), equation 4.14.")
                 .parameter("noise", &Options::noise, unit::none, "The noise process that is reversed.", required()))
      .parameter(
          "label_bandwidth", &Options::label_bandwidth, unit::coarse,
          "Width within which states stand in for those at the requested value, where labels carry no noise; "
          "one number or one for each coarse variable. Without it Silverman's rule over all labels, or, for "
          "windows of label_noise_of, a quarter of the smallest distance of their centres. Such states move along with "
          "mean and width where standardise.follow is on: right for a law that moves; turn it off where branches "
          "stay and only their weights change.",
          above(0))
      .parameter("smoothing", &Options::smoothing, unit::dimensionless,
                 "Width of the kernel around each state, in standard deviations of the law at the requested value; "
                 "every variance grows by its square. Without it Silverman's rule for the effective number of states "
                 "there, which smears out branches narrower than itself; 0 draws the data again.",
                 at_least(0))
      .parameter("max_states", &Options::max_states, unit::none,
                 "States kept at most; more are thinned evenly. A draw costs this number times its score evaluations, "
                 "as far as the coarse value does not exclude states.",
                 at_least(2))
      .group("standardise", &Options::standardise, standardisation_sentence, standardisation_parameters())
      .example(
          "{type: kernel, noise: {type: variance_exploding}, condition: {type: coordinate, index: 0}, label_noise: "
          "0.02, "
          "smoothing: 0.1}")
      .creates<Kernel>();
}

}  // namespace liftwell
