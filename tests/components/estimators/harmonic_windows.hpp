// SPDX-License-Identifier: MIT
// Frames from harmonic windows over V(x) = x²/2, whose laws are normal in closed form.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/families/estimator.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

namespace liftwell::testing {

/// kT = 1. A window of stiffness κ at c has mean κ c/(1 + κ) and variance 1/(1 + κ).
struct HarmonicWindows {
  std::vector<double> centres;
  Index walkers = 8, frames = 100;  ///< per window
  double stiffness = 4;
  double memory = 0;  ///< correlation of a walker's frames with the next

  [[nodiscard]] std::vector<BiasedEnsemble> request_data(std::uint64_t seed) const {
    const auto windows = static_cast<Index>(centres.size());
    const auto data = MemoryEnsemble::make(windows * walkers, frames, 1);
    data->editable_info().centres = Eigen::Map<const Vector>(centres.data(), windows);
    for (Index w = 0; w < windows * walkers; ++w) {
      const double centre = centres[static_cast<std::size_t>(w / walkers)];
      data->editable_info().window[static_cast<std::size_t>(w)] = w / walkers;
      RandomSequence random(RandomStream::named(seed, {"harmonic windows"}), static_cast<std::uint32_t>(w));
      double n = random.normal();
      for (Index f = 0; f < frames; ++f) {
        data->at(f, w) = static_cast<float>(stiffness * centre / (1 + stiffness) + n / std::sqrt(1 + stiffness));
        n = memory * n + std::sqrt(1 - memory * memory) * random.normal();
      }
    }
    return {{data, std::make_shared<Spring>(stiffness)}};
  }
};

/// Of x on bins of 0.25 between −3 and 5, with F(x > 1.5) − F(x < 1.5), at kT = 1.
inline FreeEnergy estimate_with(const std::string& estimator, const std::vector<BiasedEnsemble>& data,
                                int threads = 2) {
  const CoarseMap coarse = axes({0});
  const Executor executor(threads);
  const EstimationRequest request{.data = data,
                                  .coarse = coarse,
                                  .grid = {Vector::Constant(1, -3), Vector::Constant(1, 5), {32}},
                                  .differences = {{"far", 0, 1.5, 9, -9, 1.5}},
                                  .thermal_energy = 1,
                                  .stream = RandomStream::named(1, {"bootstrap"}),
                                  .executor = executor};
  return make<Estimator>(estimator)->estimate(request);
}

/// −ln[P(x > 1.5)/P(x < 1.5)] of the standard normal law.
inline double exact_far() {
  const double above = std::erfc(1.5 / std::sqrt(2)) / 2;
  return -std::log(above / (1 - above));
}

/// Mean and mean square of z = (estimate − exact)/error over 200 repeats: 0 and 1 where errors are right, with standard
/// errors of 0.07 and about 0.1.
struct Scores {
  double mean = 0, square = 0;
};
inline Scores scores_of(const std::string& estimator, const HarmonicWindows& windows) {
  Scores out;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const FreeEnergy result = estimate_with(estimator, windows.request_data(100 + i));
    const double z = (result.differences[0].value - exact_far()) / result.differences[0].standard_error;
    out.mean += z / 200;
    out.square += z * z / 200;
  }
  return out;
}

}  // namespace liftwell::testing
