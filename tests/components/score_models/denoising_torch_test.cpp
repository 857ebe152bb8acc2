// SPDX-License-Identifier: MIT
// model.pt, as LibTorch and Python read it, against model.h5, as liftwell reads it.
#define CATCH_CONFIG_PREFIX_ALL
#include <torch/script.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/families/torch_module.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

/// Not a sampler: keeps the standardised scores of given standardised states, which it hands out as draws.
class Probe final : public Sampler {
 public:
  Probe(Matrix x, double t) : x_(std::move(x)), t_(t), score_(x_.rows(), x_.cols()) {}
  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream&, std::uint32_t first_sample,
                    Matrix& x) const override {
    const auto rows = x.rows();
    x = x_.middleRows(first_sample, rows);
    Matrix score;
    field.score(x * noise.alpha(t_), t_, score);
    score_.middleRows(first_sample, rows) = score;
    x *= noise.alpha(noise.first_time());
    return 1;
  }
  [[nodiscard]] const Matrix& score() const { return score_; }

 private:
  Matrix x_;
  double t_;
  mutable Matrix score_;
};

TrainingData made_up() {
  TrainingData data;
  data.coarse = {"x"};
  data.states.resize(400, 3);
  data.labels.resize(400, 1);
  data.label_noise = FloatMatrix::Constant(400, 1, 0.1F);
  RandomSequence random(RandomStream::named(4, {"made up"}), 0);
  for (Index i = 0; i < 400; ++i) {
    const double x = 3 + 2 * random.normal();
    data.states.row(i) << static_cast<float>(x), static_cast<float>(0.1 * x + 0.02 * random.normal()),
        static_cast<float>(-50 + 10 * random.normal());
    data.labels(i, 0) = static_cast<float>(x);
  }
  return data;
}

at::Tensor tensor(const Matrix& matrix) {
  return torch::from_blob(const_cast<double*>(matrix.data()), {matrix.rows(), matrix.cols()}, torch::kFloat64).clone();
}

}  // namespace

CATCH_TEST_CASE("model.pt gives the scores of model.h5, in physical units, and has reproducible bytes", "[unit]") {
  const auto folder = std::filesystem::temp_directory_path() / ("liftwell_model_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "again");
  // The second coordinate spans about 1.6 of its units: with a period of 1 it winds around.
  for (const auto& [noise, periods] : {std::pair("variance_exploding", ""), std::pair("variance_preserving", ""),
                                       std::pair("variance_exploding", ", state_periods: [0, 1, 0]"),
                                       std::pair("variance_preserving", ", state_periods: [0, 1, 0]")}) {
    CATCH_INFO(noise << periods);
    const auto recipe = build<ScoreModel>(
        *configure("score_model", std::string("{type: denoising, noise: {type: ") + noise +
                                      "}, network: {type: residual_mlp}, condition: {type: coordinate, index: 0}, "
                                      "label_noise: 0.1, training: {steps: 50, batch: 64}" +
                                      periods + "}"));
    const Executor executor(1);
    auto training = recipe->start_training(made_up(), RandomStream::named(1, {"fit"}), executor);
    training->advance([](const TrainingProgress&) { return false; });
    training->write_model(folder);
    training->write_model(folder / "again");
    CATCH_CHECK(sha256_of(folder / "model.pt") == sha256_of(folder / "again/model.pt"));

    const auto model = recipe->load(folder);
    const auto kernel = build<NoiseProcess>(*configure("noise_process", std::string("{type: ") + noise + "}"));
    torch::jit::Module script = torch::jit::load((folder / "model.pt").string());
    const Index rows = 130;
    Matrix y(rows, 3);
    Matrix labels(rows, 1);
    RandomSequence random(RandomStream::named(4, {"where"}), 0);
    for (Index i = 0; i < rows; ++i) {
      labels(i, 0) = 3 + 2 * random.normal();
      for (Index k = 0; k < 3; ++k) y(i, k) = random.normal();
    }
    for (const double t : {0.02, 0.3, 0.8, 1.0}) {
      const Probe probe(y, t);
      std::int64_t evaluations = 0;
      // Draws are frame(y), so x_t = frame(alpha(t) y) is where the script is asked.
      const Matrix x = model->draw(probe, labels, RandomStream{}, 0, executor, evaluations);
      const at::Tensor z = tensor(labels);
      const at::Tensor scale = script.get_method("frame_scale")({z}).toTensor();
      const at::Tensor mean = script.get_method("frame_mean")({z}).toTensor();
      const at::Tensor axes = script.attr("frame_axes").toTensor();
      const at::Tensor origin = script.attr("frame_origin").toTensor();
      const at::Tensor features = torch::mm(tensor(x) - origin, axes);
      const at::Tensor moved = origin + torch::mm(mean + kernel->alpha(t) * (features - mean), axes.t());
      const at::Tensor theirs = script.forward({moved, torch::full({rows}, t, torch::kFloat64), z}).toTensor();
      const at::Tensor ours = torch::mm(tensor(probe.score()) / scale, axes.t());
      for (int k = 0; k < 3; ++k) {
        const double size = theirs.select(1, k).abs().max().item<double>();
        CATCH_CHECK((ours - theirs).select(1, k).abs().max().item<double>() <=
                    1e-6 * size);  // of an angle all noise: 0
      }
    }
    CATCH_CHECK(script.attr("coarse").toStringRef() == "x");
  }
  std::filesystem::remove_all(folder);
}

CATCH_TEST_CASE("LibTorch multiplies matrices with a fast BLAS", "[unit]") {
  const TorchBlas blas = torch_blas();
  for (const std::string& library : blas.libraries) CATCH_INFO(library);
  CATCH_CHECK(blas.fast);
  CATCH_CHECK_FALSE(blas.torch_version.empty());
}

}  // namespace liftwell
