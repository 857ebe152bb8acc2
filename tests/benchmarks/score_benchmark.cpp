// SPDX-License-Identifier: MIT
// Training steps and score evaluations per second at the sizes of the Python peer: batch 512 on a
// 3 x 128 network of three coordinates and one label, one thread.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_model.hpp"

namespace {

using namespace liftwell;

TrainingData made_up() {
  TrainingData data;
  data.coarse = {"x"};
  data.states.resize(51200, 3);
  data.labels.resize(51200, 1);
  data.label_noise = FloatMatrix::Constant(51200, 1, 0.05F);
  RandomSequence random(RandomStream::named(1, {"made up"}), 0);
  for (Index i = 0; i < data.states.rows(); ++i) {
    const double x = random.normal();
    data.states.row(i) << static_cast<float>(x), static_cast<float>(random.normal()),
        static_cast<float>(std::sin(x) + 0.1 * random.normal());
    data.labels(i, 0) = static_cast<float>(x);
  }
  return data;
}

std::unique_ptr<ScoreModel> recipe(const std::string& network) {
  return build<ScoreModel>(
      *configure("score_model", "{type: denoising, noise: {type: variance_exploding}, network: {type: " + network +
                                    ", width: 128, depth: 3}, condition: {type: coordinate, index: 0}, torchscript: "
                                    "false, training: {steps: 1000000, batch: 512, validation_every: 1000000, decay: "
                                    "none}}"));
}

void training(benchmark::State& state, const char* network) {
  const Executor executor(static_cast<int>(state.range(0)));
  auto training = recipe(network)->start_training(made_up(), RandomStream::named(1, {"fit"}), executor);
  for (auto _ : state) {
    const std::int64_t last = training->steps_done() + 50;
    training->advance([&](const TrainingProgress& p) { return p.step == last; });
  }
  state.counters["steps"] =
      benchmark::Counter(static_cast<double>(50 * state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(training, residual_mlp, "residual_mlp")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(training, film_mlp, "film_mlp")->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(training, energy_mlp, "energy_mlp")->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// `alike`: how many neighbouring draws share their label.
void sampling(benchmark::State& state, const char* network, Index alike) {
  const Executor executor(static_cast<int>(state.range(0)));
  const auto folder = std::filesystem::temp_directory_path() / ("liftwell_benchmark_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto model_recipe = recipe(network);
  auto training = model_recipe->start_training(made_up(), RandomStream::named(1, {"fit"}), executor);
  training->advance([](const TrainingProgress& p) { return p.step == 10; });
  training->write_model(folder);
  const auto model = model_recipe->load(folder);
  std::filesystem::remove_all(folder);
  const auto sampler = build<Sampler>(*configure("sampler", "{type: euler_maruyama, steps: 200}"));
  Matrix labels = Matrix::Random(2000, 1);
  for (Index i = 0; i < labels.rows(); ++i) labels(i, 0) = labels(i - i % alike, 0);
  std::int64_t evaluations = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(model->draw(*sampler, labels, RandomStream::named(1, {"draw"}), 0, executor, evaluations));
  state.counters["scores"] = benchmark::Counter(static_cast<double>(evaluations), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(sampling, residual_mlp, "residual_mlp", 1)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sampling, film_mlp, "film_mlp", 1)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sampling, film_mlp_16_alike, "film_mlp", 16)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sampling, energy_mlp, "energy_mlp", 1)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
