// SPDX-License-Identifier: MIT
// Reading, writing and scoring with a kernel model.
#include "kernel_model.hpp"

#include <algorithm>

#include "law_tile.hpp"
#include "liftwell/config/workflow.hpp"
#include "model_file.hpp"

namespace liftwell {
namespace {

constexpr const char* format_name = "liftwell kernel score model";
constexpr const char* format_version = "1";

std::string fingerprint(const KernelModel& model) {
  Fingerprint sum;
  sum.add(model.period);
  sum.add(model.label_range);
  sum.add(model.frame);
  sum.add(model.bandwidth);
  sum.add(&model.smoothing, 1);
  sum.add(model.features);
  sum.add(model.labels);
  sum.add(model.label_noise);
  sum.add(model.log_weights);
  return sum.text();
}

class KernelTile final : public LawTile<FramedTile, KernelSlice> {
 public:
  KernelTile(const KernelData& data, const NoiseProcess& noise, const Matrix& labels)
      : LawTile(
            noise, labels, [&](const Vector& label) { return data.slice(label); }, data.model().frame, labels) {}
};

class TrainedKernelModel final : public TiledScoreModel {
 public:
  /// Small tiles: each holds a slice of the data for every different label in it.
  explicit TrainedKernelModel(KernelModel model) : TiledScoreModel(model.make_noise(), 32), data_(std::move(model)) {}

  [[nodiscard]] Index dimension() const override { return data_.model().frame.dimension(); }
  [[nodiscard]] const std::vector<std::string>& coarse() const override { return data_.model().coarse; }
  [[nodiscard]] Matrix label_range() const override { return data_.model().label_range; }
  [[nodiscard]] Index generated() const override { return data_.model().frame.generated(); }

 private:
  [[nodiscard]] std::unique_ptr<BoundTile> bind(const Matrix& labels) const override {
    return std::make_unique<KernelTile>(data_, noise(), labels);
  }

  KernelData data_;
};

}  // namespace

std::unique_ptr<NoiseProcess> KernelModel::make_noise() const {
  return build<NoiseProcess>(*configure("noise_process", noise));
}

void KernelModel::save(const std::filesystem::path& file) const {
  Hdf5Writer out(file);
  out.attribute("format", format_name);
  out.attribute("format_version", format_version);
  out.attribute("noise", noise);
  out.attribute("fingerprint", fingerprint(*this));
  out.strings("coarse", coarse);
  const auto vector = [&](const char* name, const Vector& values) { out.array(name, values.data(), {values.size()}); };
  vector("period", period);
  vector("bandwidth", bandwidth);
  out.array("label_range", label_range);
  out.array("smoothing", &smoothing, {1});
  frame.save(out);
  out.array("features", features);
  out.array("labels", labels);
  out.array("label_noise", label_noise);
  vector("log_weights", log_weights);
  out.save();
}

KernelModel KernelModel::load(const std::filesystem::path& file) {
  const ModelFile opened(file, format_name, format_version);
  KernelModel model;
  std::string written;
  Matrix smoothing;
  opened.read([&](const Hdf5Reader& in) {
    model.noise = in.attribute("noise");
    model.coarse = in.strings("coarse");
    model.period = in.matrix("period").reshaped();
    model.bandwidth = in.matrix("bandwidth").reshaped();
    model.label_range = in.matrix("label_range");
    smoothing = in.matrix("smoothing");
    model.features = in.float_matrix("features");
    model.labels = in.float_matrix("labels");
    model.label_noise = in.float_matrix("label_noise");
    model.log_weights = in.matrix("log_weights").reshaped();
    written = in.attribute("fingerprint");
    model.frame = StateFrame::load(in);
  });
  const auto names = static_cast<Index>(model.coarse.size());
  const auto fits = [&](const FloatMatrix& values, Index columns) {
    return values.rows() == model.size() && values.cols() == columns;
  };
  if (names == 0 || model.size() == 0 || model.period.size() != names || model.bandwidth.size() != names ||
      model.label_range.rows() != names || model.label_range.cols() != 2 || model.frame.labels() != names ||
      smoothing.size() != 1 || !fits(model.features, model.frame.generated()) || !fits(model.labels, names) ||
      !fits(model.label_noise, names) || model.log_weights.size() != model.size())
    throw opened.refusal("is damaged (its arrays do not fit together)");
  model.smoothing = smoothing(0);
  if (written != fingerprint(model)) throw opened.refusal("is damaged (its numbers have changed)");
  opened.usable([&] { (void)model.make_noise(); });
  return model;
}

std::unique_ptr<TrainedScoreModel> trained_kernel_model(KernelModel model) {
  return std::make_unique<TrainedKernelModel>(std::move(model));
}

}  // namespace liftwell
