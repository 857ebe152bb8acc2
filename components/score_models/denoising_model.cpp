// SPDX-License-Identifier: MIT
// Reading, writing, exporting and scoring with a trained model.
#include "denoising_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/store/hdf5.hpp"
#include "model_file.hpp"
#include "tiled_score_model.hpp"

namespace liftwell {
namespace {

constexpr const char* format_name = "liftwell denoising score model";
constexpr const char* format_version = "3";

std::string fingerprint(const DenoisingModel& model) {
  Fingerprint sum;
  for (const Vector* vector : {&model.period, &model.label_mean, &model.label_deviation}) sum.add(*vector);
  sum.add(model.frame);
  sum.add(model.label_range);
  sum.add(model.weights.data(), static_cast<Index>(model.weights.size()));
  return sum.text();
}

/// The score of one tile of samples, labels bound.
class TileScore final : public FramedTile {
 public:
  TileScore(const DenoisingModel& model, const Network& network, const NoiseProcess& noise, const Matrix& labels)
      : FramedTile(model.frame, labels),
        noise_(noise),
        labels_(labels.rows(), model.label_inputs()),
        pass_(network.pass(labels.rows())) {
    for (Index i = 0; i < labels.rows(); ++i) model.write_label(labels.row(i).data(), labels_.row(i).data());
  }

  void score(const Matrix& x, const Times& t, Matrix& score) const override {
    if (!t.shared()) {
      forward(x, t);
    } else {
      const Scales scales(noise_, t[0]);
      input_ = (x * scales.input).cast<float>();
      for (const Index angle : angles()) input_.col(angle) = (x.col(angle) * scales.angle_input).cast<float>();
      pass_->evaluate(input_, labels_, static_cast<float>(scales.level), output_);
    }
    combine(x, t, score);
  }

  void score_along(const Matrix& x, const Times& t, const std::vector<Matrix>& directions, Matrix& score,
                   std::vector<Matrix>& along) const override {
    forward(x, t);
    combine(x, t, score);
    along.resize(directions.size());
    for (std::size_t i = 0; i < directions.size(); ++i) {
      FloatMatrix of_input(x.rows(), x.cols());
      for (Index row = 0; row < x.rows(); ++row) {
        const Scales scales(noise_, t[row]);
        of_input.row(row) = (directions[i].row(row) * scales.input).cast<float>();
        for (const Index angle : angles())
          of_input(row, angle) = static_cast<float>(directions[i](row, angle) * scales.angle_input);
      }
      pass_->tangent(of_input, output_);
      along[i].resize(x.rows(), x.cols());
      for (Index row = 0; row < x.rows(); ++row) {
        const Scales scales(noise_, t[row]);
        along[i].row(row) =
            output_.row(row).cast<double>() * scales.output - directions[i].row(row) * (scales.input * scales.input);
        for (const Index angle : angles())
          along[i](row, angle) = static_cast<double>(output_(row, angle)) * scales.angle_output();
      }
    }
  }

 private:
  /// s(x) = output F(input x) - input^2 x, of angles output F: see Preconditioning.
  struct Scales {
    Scales(const NoiseProcess& noise, double t) {
      const double alpha = noise.alpha(t);
      const double noise_level = noise.noise_level(t);
      const Preconditioning scaled(noise_level);
      input = scaled.input_scale / alpha;
      output = input / noise_level;
      level = scaled.level;
      angle_input = 1 / alpha;
      noise_level_ = noise_level;
    }
    [[nodiscard]] double angle_output() const { return Preconditioning::angle_score(noise_level_) * angle_input; }
    double input, output, level, angle_input;

   private:
    double noise_level_;
  };

  void forward(const Matrix& x, const Times& t) const {
    input_.resize(x.rows(), x.cols());
    levels_.resize(static_cast<std::size_t>(x.rows()));
    for (Index row = 0; row < x.rows(); ++row) {
      const Scales scales(noise_, t[row]);
      input_.row(row) = (x.row(row) * scales.input).cast<float>();
      for (const Index angle : angles()) input_(row, angle) = static_cast<float>(x(row, angle) * scales.angle_input);
      levels_[static_cast<std::size_t>(row)] = static_cast<float>(scales.level);
    }
    pass_->forward(input_, labels_, levels_, output_);
  }

  void combine(const Matrix& x, const Times& t, Matrix& score) const {
    score.resize(x.rows(), x.cols());
    Scales scales(noise_, t[0]);
    for (Index row = 0; row < x.rows(); ++row) {
      if (!t.shared()) scales = Scales(noise_, t[row]);
      score.row(row) = output_.row(row).cast<double>() * scales.output - x.row(row) * (scales.input * scales.input);
      for (const Index angle : angles())
        score(row, angle) = static_cast<double>(output_(row, angle)) * scales.angle_output();
    }
  }

  const NoiseProcess& noise_;
  FloatMatrix labels_;
  std::unique_ptr<NetworkPass> pass_;
  mutable FloatMatrix input_, output_;
  mutable std::vector<float> levels_;
};

class TrainedDenoisingModel final : public TiledScoreModel {
 public:
  explicit TrainedDenoisingModel(DenoisingModel model)
      : TiledScoreModel(model.make_noise()), model_(std::move(model)), network_(model_.make_network()) {}

  [[nodiscard]] Index dimension() const override { return model_.dimension(); }
  [[nodiscard]] const std::vector<std::string>& coarse() const override { return model_.coarse; }
  [[nodiscard]] Matrix label_range() const override { return model_.label_range; }
  [[nodiscard]] Index generated() const override { return model_.frame.generated(); }

 private:
  [[nodiscard]] std::unique_ptr<BoundTile> bind(const Matrix& labels) const override {
    return std::make_unique<TileScore>(model_, *network_, noise(), labels);
  }

  DenoisingModel model_;
  std::unique_ptr<Network> network_;
};

}  // namespace

Preconditioning::Preconditioning(double noise_level)
    : input_scale(1 / std::sqrt(1 + noise_level * noise_level)), level(std::log(noise_level) / 4) {}

double Preconditioning::angle_score(double noise_level) {
  const double square = noise_level * noise_level;
  return std::sqrt(1 + 2 * square) * std::exp(-square / 2) / noise_level;
}

Index DenoisingModel::label_inputs() const { return condition() + (period.array() > 0).count(); }

void DenoisingModel::write_label(const double* label, float* inputs) const {
  for (Index k = 0; k < condition(); ++k) {
    if (period[k] > 0) {
      const double angle = 2 * std::numbers::pi * label[k] / period[k];
      *inputs++ = static_cast<float>(std::cos(angle));
      *inputs++ = static_cast<float>(std::sin(angle));
    } else {
      *inputs++ = static_cast<float>((label[k] - label_mean[k]) / label_deviation[k]);
    }
  }
}

std::unique_ptr<NoiseProcess> DenoisingModel::make_noise() const {
  return build<NoiseProcess>(*configure("noise_process", noise));
}

std::unique_ptr<Network> DenoisingModel::make_network() const {
  auto out = build<ScoreNetwork>(*configure("score_network", network))->create(network_shape());
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
  vector("period", period);
  vector("label_mean", label_mean);
  vector("label_deviation", label_deviation);
  out.array("label_range", label_range);
  frame.save(out);
  out.array("weights", weights.data(), {static_cast<Index>(weights.size())});
  out.save();
}

DenoisingModel DenoisingModel::load(const std::filesystem::path& file) {
  const ModelFile opened(file, format_name, format_version);
  DenoisingModel model;
  std::string written;
  opened.read([&](const Hdf5Reader& in) {
    model.noise = in.attribute("noise");
    model.network = in.attribute("network");
    model.coarse = in.strings("coarse");
    model.period = in.matrix("period").reshaped();
    model.label_mean = in.matrix("label_mean").reshaped();
    model.label_deviation = in.matrix("label_deviation").reshaped();
    model.label_range = in.matrix("label_range");
    in.read_floats("weights", model.weights);
    written = in.attribute("fingerprint");
    model.frame = StateFrame::load(in);
  });

  const auto names = static_cast<Index>(model.coarse.size());
  if (model.condition() != names || model.label_deviation.size() != names || model.period.size() != names ||
      model.label_range.rows() != names || model.label_range.cols() != 2 || model.frame.labels() != names)
    throw opened.refusal("is damaged (its arrays do not fit together)");
  if (written != fingerprint(model)) throw opened.refusal("is damaged (its numbers have changed)");
  opened.usable([&] {
    (void)model.make_noise();
    (void)model.make_network();
  });
  return model;
}

void DenoisingModel::save_torchscript(const std::filesystem::path& file) const {
  const auto network_here = make_network();
  std::string inputs;
  for (Index k = 0; k < condition(); ++k) {
    if (period[k] > 0)
      for (const char* function : {"cos", "sin"})
        inputs +=
            fmt::format("torch.{}(z[:, {}:{}] * {:.17g}), ", function, k, k + 1, 2 * std::numbers::pi / period[k]);
    else
      inputs += fmt::format("(z[:, {}:{}] - ({:.17g})) / {:.17g}, ", k, k + 1, label_mean[k], label_deviation[k]);
  }
  std::string angle_mask;
  for (Index j = 0; j < frame.generated(); ++j)
    angle_mask += std::count(frame.angles().begin(), frame.angles().end(), j) > 0 ? "1.0, " : "0.0, ";
  TorchScriptModule module;
  module.source = make_noise()->script() + network_here->script() + frame.script() +
                  "def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:\n"
                  "    \"\"\"Score of x_t given the coarse values z, physical units.\"\"\"\n"
                  "    given = x.dtype\n"
                  "    x = x.double()\n"
                  "    z = z.double()\n"
                  "    t = t.reshape(-1, 1).double()\n"
                  "    alpha = self.alpha(t)\n"
                  "    r = self.sigma(t) / alpha\n"
                  "    scale = torch.rsqrt(1.0 + r * r)\n"
                  "    width = self.frame_scale(z)\n"
                  "    angle = torch.tensor([" +
                  angle_mask +
                  "], dtype=x.dtype, device=x.device)\n"
                  "    y = (self.frame_features(x, z) - self.frame_mean(z)) / (width * alpha)\n"
                  "    seen = angle * y + (1.0 - angle) * y * scale\n"
                  "    c = torch.cat([" +
                  inputs +
                  "], dim=1)\n"
                  "    f = self.network(seen.float(), c.float(), (torch.log(r) / 4.0).float()).double()\n"
                  "    turning = f * torch.sqrt(1.0 + 2.0 * r * r) * torch.exp(-0.5 * r * r) / r\n"
                  "    score = (angle * turning + (1.0 - angle) * (f / r - seen) * scale) / (alpha * width)\n"
                  "    return torch.mm(score, self.frame_axes.t()).to(given)\n";
  module.parameters = network_here->tensors();
  module.values = weights.data();
  for (const StateFrame::Tensor& tensor : frame.tensors()) module.buffers.emplace_back(tensor.name, tensor.values);
  module.texts = {{"coarse", fmt::format("{}", fmt::join(coarse, ","))}, {"noise", noise}};
  write_torchscript(module, file);
}

std::unique_ptr<TrainedScoreModel> trained_denoising_model(DenoisingModel model) {
  return std::make_unique<TrainedDenoisingModel>(std::move(model));
}

}  // namespace liftwell
