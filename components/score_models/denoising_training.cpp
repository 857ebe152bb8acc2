// SPDX-License-Identifier: MIT
// The training loop: shards, Adam, checkpoints.
#include "denoising_training.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "denoising_data.hpp"
#include "liftwell/base/dense.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/store/hdf5.hpp"

namespace liftwell {
namespace {

constexpr Index shard_rows = 128;
constexpr Index pass_rows = 64;
constexpr Index validation_rows = 2048;
constexpr const char* checkpoint_format = "liftwell denoising training 2";
constexpr float beta1 = 0.9F;
constexpr float beta2 = 0.999F;
constexpr float epsilon = 1e-8F;

using Weights = std::vector<float>;

/// Work space of one shard of a batch.
struct Shard {
  std::unique_ptr<NetworkPass> pass;
  BatchPart examples;
  FloatMatrix output;
  Weights gradient;
  double loss = 0;
};

class DenoisingTraining final : public Training {
 public:
  DenoisingTraining(TrainingSetup setup, TrainingData data, RandomStream stream, const Executor& executor);

  bool advance(const std::function<bool(const TrainingProgress&)>& pause) override;
  void save_checkpoint(const std::filesystem::path& file) const override;
  void load_checkpoint(const std::filesystem::path& file) override;
  void write_model(const std::filesystem::path& folder) const override;
  [[nodiscard]] std::int64_t steps_done() const override { return step_; }
  [[nodiscard]] std::vector<TrainingProgress> history() const override { return history_; }

 private:
  std::vector<Shard> make_shards(Index batch, const Network& network) const;
  void run_shard(Shard& shard, const BatchSource& source, Index index, bool with_gradient) const;
  double total_loss(std::vector<Shard>& shards, const BatchSource& source, bool with_gradient) const;
  void one_step();
  void update();
  [[nodiscard]] double validate();
  [[nodiscard]] double learning_rate() const;
  void require_learning() const;
  [[nodiscard]] bool out_of_patience() const;
  [[nodiscard]] TrainingProgress progress() const;

  TrainingSetup setup_;
  DenoisingModel model_;
  DenoisingData data_;
  RandomStream stream_;
  const Executor& executor_;
  std::unique_ptr<Network> network_, average_network_;
  std::vector<Shard> shards_, validation_shards_;
  Weights weights_, first_, second_, average_, gradient_;
  Weights best_;  ///< averaged weights at the lowest validation loss so far; empty before the first
  double best_loss_ = std::numeric_limits<double>::infinity();
  std::int64_t best_step_ = 0;
  std::int64_t step_ = 0;
  double loss_sum_ = 0;  ///< since the last line of history
  std::int64_t loss_count_ = 0;
  double last_validation_ = std::numeric_limits<double>::quiet_NaN();
  std::vector<TrainingProgress> history_;
};

DenoisingTraining::DenoisingTraining(TrainingSetup setup, TrainingData data, RandomStream stream,
                                     const Executor& executor)
    : setup_(std::move(setup)),
      model_{.noise = setup_.noise, .network = setup_.network},
      data_(std::move(data), {setup_.frame, setup_.options.levels, setup_.options.validation_fraction}, stream, model_),
      stream_(stream),
      executor_(executor) {
  if (setup_.torchscript) require_torch();
  const auto recipe = build<ScoreNetwork>(*configure("score_network", setup_.network));
  network_ = recipe->create(model_.network_shape());
  average_network_ = recipe->create(model_.network_shape());
  weights_ = network_->initial_parameters(stream_.part({"initial weights"}));
  average_ = weights_;
  first_.assign(weights_.size(), 0);
  second_.assign(weights_.size(), 0);
  gradient_.assign(weights_.size(), 0);
  network_->set_parameters(weights_.data());
  shards_ = make_shards(setup_.options.batch, *network_);
  validation_shards_ = make_shards(data_.validation().count == 0 ? 0 : validation_rows, *average_network_);
}

std::vector<Shard> DenoisingTraining::make_shards(Index batch, const Network& network) const {
  std::vector<Shard> shards(static_cast<std::size_t>((batch + shard_rows - 1) / shard_rows));
  for (Shard& shard : shards) {
    shard.pass = network.pass(pass_rows);
    shard.gradient.resize(weights_.size());
  }
  return shards;
}

void DenoisingTraining::run_shard(Shard& shard, const BatchSource& source, Index index, bool with_gradient) const {
  shard.loss = 0;
  if (with_gradient) std::fill(shard.gradient.begin(), shard.gradient.end(), 0.0F);
  const Index end = std::min(source.batch, (index + 1) * shard_rows);
  for (Index first = index * shard_rows; first < end; first += pass_rows) {
    data_.fill(shard.examples, source, first, std::min(pass_rows, end - first));
    shard.pass->forward(shard.examples.input, shard.examples.label, shard.examples.levels, shard.output);
    shard.output -= shard.examples.target;
    const std::vector<float>& weights = shard.examples.weights;
    for (std::size_t i = 0; i < weights.size(); ++i) shard.output.row(static_cast<Index>(i)) *= std::sqrt(weights[i]);
    shard.loss += shard.output.cast<double>().squaredNorm();
    if (!with_gradient) continue;
    for (std::size_t i = 0; i < weights.size(); ++i) shard.output.row(static_cast<Index>(i)) *= std::sqrt(weights[i]);
    shard.output *= 2.0F / static_cast<float>(source.batch * model_.frame.generated());
    shard.pass->backward(shard.output, shard.gradient.data());
  }
}

double DenoisingTraining::total_loss(std::vector<Shard>& shards, const BatchSource& source, bool with_gradient) const {
  executor_.for_each(static_cast<Index>(shards.size()), [&](Index index) {
    run_shard(shards[static_cast<std::size_t>(index)], source, index, with_gradient);
  });
  double sum = 0;
  for (const Shard& shard : shards) sum += shard.loss;
  return sum / static_cast<double>(source.batch * model_.frame.generated());
}

void DenoisingTraining::one_step() {
  const BatchSource source{data_.training(), stream_.part({"batch rows"}), stream_.part({"batch noise"}),
                           static_cast<std::uint64_t>(step_), setup_.options.batch};
  const double loss = total_loss(shards_, source, true);
  if (!std::isfinite(loss))
    throw RunError(
        fmt::format("training diverged at step {}; lower learning_rate (now {})", step_, setup_.options.learning_rate));
  loss_sum_ += loss;
  ++loss_count_;
  update();
}

void DenoisingTraining::update() {
  gradient_ = shards_.front().gradient;
  for (std::size_t s = 1; s < shards_.size(); ++s)
    for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_[i] += shards_[s].gradient[i];
  const auto count = static_cast<Index>(gradient_.size());
  const double norm = Eigen::Map<const Eigen::VectorXf>(gradient_.data(), count).norm();
  const auto t = static_cast<double>(step_ + 1);
  const double correction2 = std::sqrt(1 - std::pow(static_cast<double>(beta2), t));
  const double clip = setup_.options.gradient_clip;
  dense::adam(
      {.rate = static_cast<float>(learning_rate() * correction2 / (1 - std::pow(static_cast<double>(beta1), t))),
       .epsilon = static_cast<float>(epsilon * correction2),
       .beta1 = beta1,
       .beta2 = beta2,
       .gradient_scale = clip > 0 && norm > clip ? static_cast<float>(clip / norm) : 1.0F,
       // The average forgets the initial weights faster while it is young.
       .average_decay = static_cast<float>(std::min(setup_.options.ema_decay, t / (t + 9)))},
      count, gradient_.data(), weights_.data(), first_.data(), second_.data(), average_.data());
  network_->set_parameters(weights_.data());
  ++step_;
}

double DenoisingTraining::learning_rate() const {
  const TrainingOptions& o = setup_.options;
  const double warm =
      o.warm_up > 0 ? std::min(1.0, static_cast<double>(step_ + 1) / static_cast<double>(o.warm_up)) : 1;
  const double done = static_cast<double>(step_) / static_cast<double>(o.steps);
  return o.learning_rate * warm * (o.decay == "cosine" ? 0.5 * (1 + std::cos(std::numbers::pi * done)) : 1.0);
}

/// The loss of the averaged weights on states that are never trained on, always with the same noise.
double DenoisingTraining::validate() {
  if (data_.validation().count == 0) return std::numeric_limits<double>::quiet_NaN();
  average_network_->set_parameters(average_.data());
  const BatchSource source{data_.validation(), stream_.part({"validation rows"}), stream_.part({"validation noise"}), 0,
                           validation_rows};
  return total_loss(validation_shards_, source, false);
}

TrainingProgress DenoisingTraining::progress() const {
  const double loss =
      loss_count_ > 0 ? loss_sum_ / static_cast<double>(loss_count_) : (history_.empty() ? 0.0 : history_.back().loss);
  return {step_, setup_.options.steps, loss, last_validation_};
}

bool DenoisingTraining::out_of_patience() const {
  const std::int64_t patience = setup_.options.patience;
  return patience > 0 && step_ - best_step_ >= patience * setup_.options.validation_every && !best_.empty();
}

/// Targets have variance 1, so that a network which always answers 0 has a loss of about 1. Steps too large for the
/// network take it far above without making anything infinite, and there is no way back from there.
void DenoisingTraining::require_learning() const {
  constexpr double lost = 1000, useless = 10;
  const double now = history_.back().loss;
  const bool over = step_ == setup_.options.steps || out_of_patience();
  const double kept = std::isfinite(best_loss_) && setup_.options.keep == "best" ? best_loss_
                      : std::isnan(last_validation_)                             ? now
                                                                                 : last_validation_;
  if (!(now < lost) || (over && !(kept < useless)))
    throw RunError(
        fmt::format("training diverged: the loss is {:.3g} after step {}, where a network that learned nothing has 1; "
                    "lower learning_rate (now {}){}",
                    over ? kept : now, step_, setup_.options.learning_rate,
                    setup_.options.gradient_clip > 0 ? "" : ", or set gradient_clip"));
}

bool DenoisingTraining::advance(const std::function<bool(const TrainingProgress&)>& pause) {
  while (step_ < setup_.options.steps) {
    one_step();
    if (step_ % setup_.options.validation_every == 0 || step_ == setup_.options.steps) {
      last_validation_ = validate();
      if (last_validation_ < best_loss_) {
        best_loss_ = last_validation_;
        best_step_ = step_;
        best_ = average_;
      }
      history_.push_back(progress());
      require_learning();
      loss_sum_ = 0;
      loss_count_ = 0;
    }
    if (out_of_patience()) break;
    if (pause(progress()) && step_ < setup_.options.steps) return false;
  }
  return true;
}

void DenoisingTraining::save_checkpoint(const std::filesystem::path& file) const {
  Hdf5Writer out(file);
  out.attribute("format", checkpoint_format);
  out.attribute("network", setup_.network);
  const std::vector<Index> shape{static_cast<Index>(weights_.size())};
  out.array("weights", weights_.data(), shape);
  out.array("first_moment", first_.data(), shape);
  out.array("second_moment", second_.data(), shape);
  out.array("average", average_.data(), shape);
  if (!best_.empty()) out.array("best", best_.data(), shape);
  out.array("step", std::vector<Index>{step_, loss_count_, best_step_});
  const double running[] = {loss_sum_, last_validation_, best_loss_};
  out.array("running", running, {3});
  Matrix lines(static_cast<Index>(history_.size()), 3);
  for (Index i = 0; i < lines.rows(); ++i) {
    const TrainingProgress& line = history_[static_cast<std::size_t>(i)];
    lines.row(i) << static_cast<double>(line.step), line.loss, line.validation_loss;
  }
  if (lines.rows() > 0) out.array("history", lines);
  out.save();
}

void DenoisingTraining::load_checkpoint(const std::filesystem::path& file) {
  const Hdf5Reader in(file);
  if (in.attribute("format") != checkpoint_format || in.attribute("network") != setup_.network)
    throw StorageError(
        fmt::format("{} is no checkpoint of this training; delete it to train from the start", file.string()));
  const auto read = [&](const char* name, Weights& values) {
    Weights found;
    in.read_floats(name, found);
    if (found.size() != values.size())
      throw StorageError(fmt::format("{} is damaged: '{}' has {} numbers, {} are needed", file.string(), name,
                                     found.size(), values.size()));
    values = std::move(found);
  };
  read("weights", weights_);
  read("first_moment", first_);
  read("second_moment", second_);
  read("average", average_);
  const auto step = in.indices("step");
  const Matrix running = in.matrix("running");
  if (in.has("best")) {
    best_ = average_;
    read("best", best_);
  }
  if (step.size() != 3 || running.size() != 3) throw StorageError(fmt::format("{} is damaged", file.string()));
  step_ = step[0];
  loss_count_ = step[1];
  best_step_ = step[2];
  loss_sum_ = running(0);
  last_validation_ = running(1);
  best_loss_ = running(2);
  history_.clear();
  if (in.has("history")) {
    const Matrix lines = in.matrix("history");
    for (Index i = 0; i < lines.rows(); ++i)
      history_.push_back({static_cast<std::int64_t>(lines(i, 0)), setup_.options.steps, lines(i, 1), lines(i, 2)});
  }
  network_->set_parameters(weights_.data());
}

void DenoisingTraining::write_model(const std::filesystem::path& folder) const {
  DenoisingModel model = model_;
  model.weights = setup_.options.keep == "best" && !best_.empty() ? best_ : average_;
  model.save(folder / "model.h5");
  if (setup_.torchscript) model.save_torchscript(folder / "model.pt");
}

}  // namespace

std::unique_ptr<Training> denoising_training(TrainingSetup setup, TrainingData data, RandomStream stream,
                                             const Executor& executor) {
  return std::make_unique<DenoisingTraining>(std::move(setup), std::move(data), stream, executor);
}

}  // namespace liftwell
