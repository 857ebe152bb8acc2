// SPDX-License-Identifier: MIT
#include "mixture_oracle_model.hpp"

#include "law_tile.hpp"
#include "liftwell/config/workflow.hpp"
#include "model_file.hpp"

namespace liftwell {
namespace {

constexpr const char* format_name = "liftwell mixture oracle";
constexpr const char* format_version = "1";

std::unique_ptr<NoiseProcess> make_noise(const std::string& yaml) {
  return build<NoiseProcess>(*configure("noise_process", yaml));
}

Matrix stacked(const std::vector<Matrix>& squares, Index dimension) {
  Matrix out(static_cast<Index>(squares.size()) * dimension, dimension);
  for (std::size_t k = 0; k < squares.size(); ++k)
    out.middleRows(static_cast<Index>(k) * dimension, dimension) = squares[k];
  return out;
}

std::string fingerprint(const MixtureOracleModel& model) {
  Fingerprint sum;
  sum.add(model.law.weights);
  sum.add(model.law.means);
  sum.add(stacked(model.law.covariances, model.law.dimension()));
  sum.add(model.law.slopes);
  sum.add(model.law.offset);
  sum.add(model.law.label_noise);
  return sum.text();
}

class OracleTile final : public LawTile<BoundTile, ConditionalMixture> {
 public:
  OracleTile(const ObservedMixture& mixture, const NoiseProcess& noise, const Matrix& labels)
      : LawTile(noise, labels, [&](const Vector& label) { return mixture.given(label); }) {}

  [[nodiscard]] Index generated() const override { return law(0).mean.size(); }
  [[nodiscard]] Matrix standardised(const Matrix& states) const override {
    Matrix out(states.rows(), generated());
    for (Index i = 0; i < states.rows(); ++i) out.row(i) = law(i).standardised(states.row(i).transpose()).transpose();
    return out;
  }
  [[nodiscard]] Matrix states_of(const Matrix& y) const override {
    Matrix out(y.rows(), law(0).origin.size());
    for (Index i = 0; i < y.rows(); ++i) out.row(i) = law(i).state_of(y.row(i).transpose()).transpose();
    return out;
  }
  [[nodiscard]] Vector log_volume() const override {
    Vector out(rows());
    for (Index i = 0; i < out.size(); ++i) out[i] = law(i).log_volume();
    return out;
  }
};

class TrainedMixtureOracle final : public TiledScoreModel {
 public:
  explicit TrainedMixtureOracle(MixtureOracleModel model)
      : TiledScoreModel(make_noise(model.noise)), model_(std::move(model)) {}

  [[nodiscard]] Index dimension() const override { return model_.law.dimension(); }
  [[nodiscard]] const std::vector<std::string>& coarse() const override { return model_.coarse; }
  [[nodiscard]] Matrix label_range() const override { return model_.law.label_range(); }
  [[nodiscard]] Index generated() const override {
    return model_.law.dimension() - (model_.law.label_noise.array() == 0).count();
  }

 private:
  [[nodiscard]] std::unique_ptr<BoundTile> bind(const Matrix& labels) const override {
    return std::make_unique<OracleTile>(model_.law, noise(), labels);
  }

  MixtureOracleModel model_;
};

}  // namespace

void MixtureOracleModel::save(const std::filesystem::path& file) const {
  Hdf5Writer out(file);
  out.attribute("format", format_name);
  out.attribute("format_version", format_version);
  out.attribute("noise", noise);
  out.attribute("fingerprint", fingerprint(*this));
  out.strings("coarse", coarse);
  const auto vector = [&](const char* name, const Vector& values) { out.array(name, values.data(), {values.size()}); };
  vector("weights", law.weights);
  vector("offset", law.offset);
  vector("label_noise", law.label_noise);
  out.array("means", law.means);
  out.array("covariances", stacked(law.covariances, law.dimension()));
  out.array("slopes", law.slopes);
  out.save();
}

MixtureOracleModel MixtureOracleModel::load(const std::filesystem::path& file) {
  const ModelFile opened(file, format_name, format_version);
  MixtureOracleModel model;
  ObservedMixture& law = model.law;
  Matrix covariances;
  std::string written;
  opened.read([&](const Hdf5Reader& in) {
    model.noise = in.attribute("noise");
    model.coarse = in.strings("coarse");
    law.weights = in.matrix("weights").reshaped();
    law.offset = in.matrix("offset").reshaped();
    law.label_noise = in.matrix("label_noise").reshaped();
    law.means = in.matrix("means");
    law.slopes = in.matrix("slopes");
    covariances = in.matrix("covariances");
    written = in.attribute("fingerprint");
  });
  const auto names = static_cast<Index>(model.coarse.size());
  const Index d = law.dimension(), count = law.components();
  if (count == 0 || d == 0 || names == 0 || law.means.rows() != count || covariances.rows() != count * d ||
      covariances.cols() != d || law.slopes.rows() != names || law.slopes.cols() != d || law.offset.size() != names ||
      law.label_noise.size() != names)
    throw opened.refusal("is damaged (its arrays do not fit together)");
  for (Index k = 0; k < count; ++k) law.covariances.emplace_back(covariances.middleRows(k * d, d));
  if (written != fingerprint(model)) throw opened.refusal("is damaged (its numbers have changed)");
  opened.usable([&] { (void)make_noise(model.noise); });
  return model;
}

std::unique_ptr<TrainedScoreModel> trained_mixture_oracle(MixtureOracleModel model) {
  return std::make_unique<TrainedMixtureOracle>(std::move(model));
}

}  // namespace liftwell
