// SPDX-License-Identifier: MIT
// MBAR of 200,000 frames in 35 windows with 100 bootstrap replicates.
#include <benchmark/benchmark.h>

#include <cmath>

#include "liftwell/families/estimator.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

namespace {

using namespace liftwell;
using namespace liftwell::testing;

/// Windows of stiffness 130 kT a spacing of 1.1 σ apart on V = 2 x², 16 walkers each.
void mbar(benchmark::State& state) {
  constexpr Index windows = 35, walkers = 16, frames = 357;
  constexpr double stiffness = 130, curvature = 4;
  const auto data = MemoryEnsemble::make(windows * walkers, frames, 3);
  EnsembleInfo& info = data->editable_info();
  info.centres = Vector::LinSpaced(windows, -1.7, 1.7);
  for (Index w = 0; w < info.walkers; ++w) {
    info.window[static_cast<std::size_t>(w)] = w % windows;
    RandomSequence random(RandomStream::named(1, {"benchmark"}), static_cast<std::uint32_t>(w));
    const double mean = info.centres(w % windows, 0) * stiffness / (stiffness + curvature);
    for (Index f = 0; f < frames; ++f)
      data->at(f, w) = static_cast<float>(mean + random.normal() / std::sqrt(stiffness + curvature));
  }
  const CoarseMap coarse = axes({0});
  const Executor executor(static_cast<int>(state.range(0)));
  const auto estimator = make<Estimator>("{type: mbar}");
  const EstimationRequest request{.data = {{data, std::make_shared<Spring>(stiffness)}},
                                  .coarse = coarse,
                                  .grid = {Vector::Constant(1, -2), Vector::Constant(1, 2), {80}},
                                  .differences = {{"right", 0, 0, 9, -9, 0}},
                                  .thermal_energy = 1,
                                  .stream = RandomStream::named(1, {"bootstrap"}),
                                  .executor = executor};
  for (auto _ : state) benchmark::DoNotOptimize(estimator->estimate(request));
}
BENCHMARK(mbar)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
