// SPDX-License-Identifier: MIT
// Laws of every estimator.
#pragma once

#include <cmath>
#include <string>

#include "liftwell/families/estimator.hpp"
#include "support/contracts/laws.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

namespace liftwell::contracts {

/// On unbiased, independent samples of exp(−x²/2kT) at kT = 0.5: differences and profile within 5 of
/// their standard errors of the exact values, minimum 0, NaN exactly where no frame fell, the same
/// bits for 1 and 2 threads and for any cut into segments, and an InputError without frames.
inline BrokenLaws estimator_laws(const Estimator& estimator) {
  using namespace liftwell::testing;
  BrokenLaws broken;
  constexpr double kT = 0.5;
  constexpr Index walkers = 24, frames = 120;
  const auto data = MemoryEnsemble::make(walkers, frames, 2, kT);
  for (Index w = 0; w < walkers; ++w) {
    RandomSequence random(RandomStream::named(2023, {"contracts", "estimator"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < frames; ++f)
      for (Index c = 0; c < 2; ++c) data->at(f, w, c) = static_cast<float>(std::sqrt(kT) * random.normal());
  }
  const CoarseMap coarse = axes({1});
  const auto estimate = [&](std::shared_ptr<const Ensemble> ensemble, int threads) {
    const Executor executor(threads);
    return estimator.estimate({.data = {{std::move(ensemble), nullptr}},
                               .coarse = coarse,
                               .grid = {Vector::Constant(1, -4), Vector::Constant(1, 4), {20}},
                               .differences = {{"right", 0, 0.5, 9, -9, 0.5}},
                               .thermal_energy = kT,
                               .stream = RandomStream::named(1, {"contracts"}),
                               .executor = executor});
  };
  const FreeEnergy result = estimate(data, 1);
  const auto tail = [](double x) { return std::erfc(x / std::sqrt(2 * kT)) / 2; };

  if (result.values.size() != 20 || result.standard_errors.size() != 20 || result.points.rows() != 20 ||
      result.differences.size() != 1) {
    broken.push_back("the result has one entry per bin and one per difference");
    return broken;
  }
  const FreeEnergyDifference& difference = result.differences[0];
  const double exact = -kT * std::log(tail(0.5) / (1 - tail(0.5)));
  if (!(difference.standard_error > 0 && std::abs(difference.value - exact) < 5 * difference.standard_error))
    broken.push_back("a difference is within 5 standard errors of the exact one");
  const Grid grid{Vector::Constant(1, -4), Vector::Constant(1, 4), {20}};
  const Matrix low = grid.lower_edges(), high = grid.upper_edges();
  std::vector<bool> visited(20, false);
  for (Index f = 0; f < frames; ++f)
    for (Index w = 0; w < walkers; ++w) {
      const double value = data->at(f, w, 1);
      if (const auto cell = grid.cell(&value)) visited[static_cast<std::size_t>(*cell)] = true;
    }
  double lowest = std::numeric_limits<double>::infinity(), offset = 0, weight = 0;
  for (Index i = 0; i < 20; ++i) {
    if (std::isnan(result.values[i]) == visited[static_cast<std::size_t>(i)])
      broken.push_back("F is NaN exactly where no frame fell (bin " + std::to_string(i) + ")");
    if (std::isnan(result.values[i])) continue;
    lowest = std::min(lowest, result.values[i]);
    const double p = tail(low(i, 0)) - tail(high(i, 0));
    offset += p * (result.values[i] + kT * std::log(p));
    weight += p;
  }
  if (lowest != 0) broken.push_back("the minimum of F is 0");
  for (Index i = 0; i < 20; ++i) {
    const double p = tail(low(i, 0)) - tail(high(i, 0));
    if (std::isnan(result.standard_errors[i]) || p * walkers * frames < 10) continue;
    if (!(std::abs(result.values[i] + kT * std::log(p) - offset / weight) < 5 * result.standard_errors[i]))
      broken.push_back("F is within 5 standard errors of the exact one (bin " + std::to_string(i) + ")");
  }

  const FreeEnergy threads = estimate(data, 2);
  const auto cut = std::make_shared<MemoryEnsemble>(data->info(), 7);
  for (Index f = 0; f < frames; ++f)
    for (Index w = 0; w < walkers; ++w)
      for (Index c = 0; c < 2; ++c) cut->at(f, w, c) = data->at(f, w, c);
  const FreeEnergy segments = estimate(cut, 1);
  for (const auto& [other, law] : {std::pair(&threads, "the number of threads changes no bit"),
                                   std::pair(&segments, "the cut into segments changes no bit")}) {
    bool same = same_bits(other->differences[0].value, difference.value) &&
                same_bits(other->differences[0].standard_error, difference.standard_error);
    for (Index i = 0; i < 20; ++i) same = same && same_bits(other->values[i], result.values[i]);
    if (!same) broken.emplace_back(law);
  }

  data->editable_info().discard_frames = frames;
  try {
    (void)estimate(data, 1);
    broken.push_back("no frames left is an InputError");
  } catch (const InputError&) {
  }
  return broken;
}

}  // namespace liftwell::contracts
