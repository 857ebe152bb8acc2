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

/// Not a sampler: hands out the standardised scores of given standardised states, times a gain that
/// makes them large beside the mean that draw() adds.
class Probe final : public Sampler {
 public:
  Probe(FloatMatrix x, double t, double gain) : x_(std::move(x)), t_(t), gain_(gain) {}
  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream&, std::uint32_t first_sample,
                    FloatMatrix& x) const override {
    const FloatMatrix here = x_.middleRows(first_sample, x.rows());
    FloatMatrix score;
    field.score(here, t_, score);
    x = score * static_cast<float>(gain_ * noise.alpha(noise.first_time()));
    return 1;
  }

 private:
  FloatMatrix x_;
  double t_;
  double gain_;
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

at::Tensor tensor(const FloatMatrix& matrix) {
  return torch::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()}).clone();
}

}  // namespace

CATCH_TEST_CASE("model.pt gives the scores of model.h5, in physical units, and has reproducible bytes", "[unit]") {
  const auto folder = std::filesystem::temp_directory_path() / ("liftwell_model_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "again");
  for (const char* noise : {"variance_exploding", "variance_preserving"}) {
    CATCH_INFO(noise);
    const auto recipe = build<ScoreModel>(
        *configure("score_model", std::string("{type: denoising, noise: {type: ") + noise +
                                      "}, network: {type: residual_mlp}, condition: {type: coordinate, index: 0}, "
                                      "label_noise: 0.1, training: {steps: 50, batch: 64}}"));
    const Executor executor(1);
    auto training = recipe->start_training(made_up(), RandomStream::named(1, {"fit"}), executor);
    training->advance([](const TrainingProgress&) { return false; });
    training->write_model(folder);
    training->write_model(folder / "again");
    CATCH_CHECK(sha256_of(folder / "model.pt") == sha256_of(folder / "again/model.pt"));

    const auto model = recipe->load(folder);
    const auto kernel = build<NoiseProcess>(*configure("noise_process", std::string("{type: ") + noise + "}"));
    torch::jit::Module script = torch::jit::load((folder / "model.pt").string());
    const at::Tensor mean = script.attr("state_mean").toTensor();
    const at::Tensor deviation = script.attr("state_deviation").toTensor();
    const Index rows = 130;
    FloatMatrix x(rows, 3);
    Matrix labels(rows, 1);
    RandomSequence random(RandomStream::named(4, {"where"}), 0);
    for (Index i = 0; i < rows; ++i) {
      labels(i, 0) = 3 + 2 * random.normal();
      for (Index k = 0; k < 3; ++k) x(i, k) = static_cast<float>(random.normal());
    }
    for (const double t : {0.02, 0.3, 0.8, 1.0}) {
      const double gain = 1e4 * std::pow(kernel->sigma(t), 2);
      std::int64_t evaluations = 0;
      const FloatMatrix drawn = model->draw(Probe(x, t, gain), labels, RandomStream{}, 0, executor, evaluations);
      // draw() maps to physical units as it does for states; a score maps the other way.
      const at::Tensor ours = (tensor(drawn) - mean) / deviation / deviation / gain;
      const at::Tensor theirs =
          script.forward({tensor(x) * deviation + mean, torch::full({rows}, t), tensor(labels.cast<float>())})
              .toTensor();
      for (int k = 0; k < 3; ++k) {
        const double scale = theirs.select(1, k).abs().max().item<double>();
        CATCH_CHECK((ours - theirs).select(1, k).abs().max().item<double>() < 3e-5 * scale);
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
