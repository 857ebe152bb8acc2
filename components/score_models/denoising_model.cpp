// SPDX-License-Identifier: MIT
// Reading, writing, exporting and drawing from a trained model.
#include "denoising_model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/store/hdf5.hpp"

namespace liftwell {
namespace {

constexpr const char* format_name = "liftwell denoising score model";
constexpr const char* format_version = "1";

/// 64-bit FNV-1a over the numbers, to notice damage that HDF5 does not.
class Fingerprint {
 public:
  template <class T>
  void add(const T* values, Index count) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(values);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count) * sizeof(T); ++i)
      hash_ = (hash_ ^ bytes[i]) * 0x100000001B3;
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325;
};

std::string fingerprint(const DenoisingModel& model) {
  Fingerprint sum;
  for (const Vector* vector : {&model.state_mean, &model.state_deviation, &model.label_mean, &model.label_deviation})
    sum.add(vector->data(), vector->size());
  sum.add(model.label_range.data(), model.label_range.size());
  sum.add(model.weights.data(), static_cast<Index>(model.weights.size()));
  return sum.text();
}

std::vector<double> listed(const Vector& vector) { return {vector.begin(), vector.end()}; }

/// The score of one tile of samples, labels bound and standardised.
class TileScore final : public ScoreField {
 public:
  TileScore(const Network& network, const NoiseProcess& noise, FloatMatrix labels)
      : noise_(noise), labels_(std::move(labels)), pass_(network.pass(labels_.rows())) {}

  void score(const FloatMatrix& x, double t, FloatMatrix& score) const override {
    const double alpha = noise_.alpha(t);
    const double noise_level = noise_.noise_level(t);
    const Preconditioning scaled(noise_level);
    input_ = x * static_cast<float>(scaled.input_scale / alpha);
    pass_->evaluate(input_, labels_, static_cast<float>(scaled.level), score);
    score = score * static_cast<float>(scaled.input_scale / (noise_level * alpha)) -
            input_ * static_cast<float>(scaled.input_scale / alpha);
  }

 private:
  const NoiseProcess& noise_;
  FloatMatrix labels_;
  std::unique_ptr<NetworkPass> pass_;
  mutable FloatMatrix input_;
};

class TrainedDenoisingModel final : public TrainedScoreModel {
 public:
  explicit TrainedDenoisingModel(DenoisingModel model)
      : model_(std::move(model)), noise_(model_.make_noise()), network_(model_.make_network()) {}

  [[nodiscard]] Index dimension() const override { return model_.dimension(); }
  [[nodiscard]] const std::vector<std::string>& coarse() const override { return model_.coarse; }
  [[nodiscard]] Matrix label_range() const override { return model_.label_range; }

  FloatMatrix draw(const Sampler& sampler, const Matrix& labels, const RandomStream& stream, std::uint32_t first_sample,
                   const Executor& executor, std::int64_t& score_evaluations) const override {
    ensure(labels.cols() == model_.condition(), "labels do not fit the model that draws from them");
    FloatMatrix states(labels.rows(), dimension());
    const Index tiles = (labels.rows() + tile - 1) / tile;
    std::vector<std::int64_t> evaluations(static_cast<std::size_t>(tiles), 0);
    executor.for_each(tiles, [&](Index index) {
      const Index first = index * tile;
      const Index rows = std::min(tile, labels.rows() - first);
      const Matrix standard =
          (labels.middleRows(first, rows).rowwise() - model_.label_mean.transpose()).array().rowwise() /
          model_.label_deviation.transpose().array();
      const TileScore field(*network_, *noise_, standard.cast<float>());
      FloatMatrix x(rows, dimension());
      evaluations[static_cast<std::size_t>(index)] =
          rows * sampler.draw(field, *noise_, stream, first_sample + static_cast<std::uint32_t>(first), x);
      const Matrix clean = x.cast<double>() / noise_->alpha(noise_->first_time());
      states.middleRows(first, rows) =
          ((clean.array().rowwise() * model_.state_deviation.transpose().array()).rowwise() +
           model_.state_mean.transpose().array())
              .cast<float>();
    });
    for (const std::int64_t count : evaluations) score_evaluations += count;
    return states;
  }

 private:
  /// Samples of one unit of parallel work. The value does not matter to the results.
  static constexpr Index tile = 96;

  DenoisingModel model_;
  std::unique_ptr<NoiseProcess> noise_;
  std::unique_ptr<Network> network_;
};

}  // namespace

Preconditioning::Preconditioning(double noise_level)
    : input_scale(1 / std::sqrt(1 + noise_level * noise_level)), level(std::log(noise_level) / 4) {}

std::unique_ptr<NoiseProcess> DenoisingModel::make_noise() const {
  return build<NoiseProcess>(*configure("noise_process", noise));
}

std::unique_ptr<Network> DenoisingModel::make_network() const {
  auto out = build<ScoreNetwork>(*configure("score_network", network))->create(dimension(), condition());
  ensure(out->parameter_count() == static_cast<Index>(weights.size()), "a network and its weights do not fit");
  out->set_parameters(weights.data());
  return out;
}

void DenoisingModel::save(const std::filesystem::path& file) const {
  Hdf5Writer out(file);
  out.attribute("format", format_name);
  out.attribute("format_version", format_version);
  out.attribute("noise", noise);
  out.attribute("network", network);
  out.attribute("fingerprint", fingerprint(*this));
  out.strings("coarse", coarse);
  const auto vector = [&](const char* name, const Vector& values) { out.array(name, values.data(), {values.size()}); };
  vector("state_mean", state_mean);
  vector("state_deviation", state_deviation);
  vector("label_mean", label_mean);
  vector("label_deviation", label_deviation);
  out.array("label_range", label_range);
  out.array("weights", weights.data(), {static_cast<Index>(weights.size())});
  out.save();
}

DenoisingModel DenoisingModel::load(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& why) -> StorageError {
    return StorageError(fmt::format("{}: {}; train the model again or restore the file", file.string(), why));
  };
  const Hdf5Reader in(file);
  std::string format;
  try {
    format = in.attribute("format");
  } catch (const StorageError&) {
    throw refuse("is not a score model (no attribute 'format')");
  }
  if (format != format_name) throw refuse(fmt::format("is a '{}', not a '{}'", format, format_name));
  if (const std::string found = in.attribute("format_version"); found != format_version)
    throw refuse(fmt::format("has format version {}, this liftwell reads version {}", found, format_version));

  DenoisingModel model;
  model.noise = in.attribute("noise");
  model.network = in.attribute("network");
  model.coarse = in.strings("coarse");
  model.state_mean = in.matrix("state_mean").reshaped();
  model.state_deviation = in.matrix("state_deviation").reshaped();
  model.label_mean = in.matrix("label_mean").reshaped();
  model.label_deviation = in.matrix("label_deviation").reshaped();
  model.label_range = in.matrix("label_range");
  in.read_floats("weights", model.weights);

  const auto names = static_cast<Index>(model.coarse.size());
  if (model.dimension() == 0 || model.state_deviation.size() != model.dimension() || model.condition() != names ||
      model.label_deviation.size() != names || model.label_range.rows() != names || model.label_range.cols() != 2)
    throw refuse("is damaged (its arrays do not fit together)");
  if (in.attribute("fingerprint") != fingerprint(model)) throw refuse("is damaged (its numbers have changed)");
  try {
    (void)model.make_noise();
    (void)model.make_network();
  } catch (const Error& error) {
    throw refuse(fmt::format("cannot be used here ({})", error.what()));
  }
  return model;
}

void DenoisingModel::save_torchscript(const std::filesystem::path& file) const {
  const auto network_here = make_network();
  TorchScriptModule module;
  module.source = make_noise()->script() + network_here->script() +
                  "def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:\n"
                  "    \"\"\"Score of x_t given the coarse values z, physical units.\"\"\"\n"
                  "    t = t.reshape(-1, 1)\n"
                  "    alpha = self.alpha(t)\n"
                  "    r = self.sigma(t) / alpha\n"
                  "    scale = torch.rsqrt(1.0 + r * r)\n"
                  "    y = (x - self.state_mean) / self.state_deviation * (scale / alpha)\n"
                  "    c = (z - self.label_mean) / self.label_deviation\n"
                  "    f = self.network(y, c, torch.log(r) / 4.0)\n"
                  "    return (f / r - y) * (scale / alpha) / self.state_deviation\n";
  module.parameters = network_here->tensors();
  module.values = weights.data();
  module.buffers = {{"state_mean", listed(state_mean)},
                    {"state_deviation", listed(state_deviation)},
                    {"label_mean", listed(label_mean)},
                    {"label_deviation", listed(label_deviation)}};
  module.texts = {{"coarse", fmt::format("{}", fmt::join(coarse, ","))}, {"noise", noise}};
  write_torchscript(module, file);
}

std::unique_ptr<TrainedScoreModel> trained_denoising_model(DenoisingModel model) {
  return std::make_unique<TrainedDenoisingModel>(std::move(model));
}

}  // namespace liftwell
