// SPDX-License-Identifier: MIT
// Draws whose law, and the true law they are held against, are known: for tests of two-sample checks.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/diagnostic.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

namespace liftwell::testing {

inline const std::string exact_reference = "reference: {type: quadrature, low: [-6, -8], high: [6, 8]}";

/// V = x²/2 + (y − x)²/2 at kT = 1: y given x is N(x, 1); in the window of stiffness 3 at z, x is
/// N(3z/4, 1/4).
struct LiftedScene {
  PlainPotential potential{2, [](const Vector& x) { return x[0] * x[0] / 2 + (x[1] - x[0]) * (x[1] - x[0]) / 2; }};
  StillSystem system{potential, 1};
  CoarseMap coarse = axes({0});
  Executor executor{2};
  Draws draws;

  /// At each of `targets` values from −1 to 1, `count` draws: x = `stretch`·z + `spread`·normal,
  /// y = x + `shift` + `width`·normal.
  struct Law {
    double stretch = 1, spread = 0, shift = 0, width = 1;
  };
  explicit LiftedScene(const Law& law, Index targets = 3, Index count = 300) {
    draws.coarse = {"c0"};
    draws.targets = Vector::LinSpaced(targets, -1, 1);
    draws.states.resize(targets * count, 2);
    RandomSequence random(RandomStream::named(4, {"draws"}), 0);
    for (Index i = 0; i < draws.states.rows(); ++i) {
      draws.target.push_back(i % targets);
      const double x = law.stretch * draws.targets(i % targets, 0) + law.spread * random.normal();
      draws.states.row(i) << static_cast<float>(x), static_cast<float>(x + law.shift + law.width * random.normal());
    }
  }

  Findings evaluate(const std::string& yaml, std::vector<BiasedEnsemble> data = {}) {
    return make<ConsistencyCheck>(yaml)->evaluate({.data = std::move(data),
                                                   .draws = &draws,
                                                   .system = &system,
                                                   .coarse = &coarse,
                                                   .stream = RandomStream::named(2, {"check"}),
                                                   .executor = executor});
  }
};

/// Draws against simulated frames, both standard normal in all but coordinate 0, which names the
/// target: `targets` of them, each with `drawn` draws and `walkers` walkers of one frame. The last
/// coordinate of the draws is shifted by `shift`.
inline Findings against_frames(const std::string& yaml, Index targets, Index drawn, Index walkers, Index dimension,
                               double shift = 0, std::uint64_t seed = 1) {
  Draws draws;
  draws.coarse = {"c0"};
  draws.targets = Vector::LinSpaced(targets, 0, static_cast<double>(targets - 1));
  draws.states.resize(targets * drawn, dimension + 1);
  RandomSequence random(RandomStream::named(seed, {"draws and frames"}), 0);
  const auto frames = MemoryEnsemble::make(targets * walkers, 1, dimension + 1);
  frames->editable_info().centres = draws.targets;
  for (Index i = 0; i < draws.states.rows(); ++i) {
    draws.target.push_back(i % targets);
    draws.states(i, 0) = static_cast<float>(i % targets);
    for (Index c = 1; c <= dimension; ++c)
      draws.states(i, c) = static_cast<float>(random.normal() + (c == dimension ? shift : 0));
  }
  for (Index w = 0; w < targets * walkers; ++w) {
    frames->editable_info().window[static_cast<std::size_t>(w)] = w % targets;
    frames->at(0, w, 0) = static_cast<float>(w % targets);
    for (Index c = 1; c <= dimension; ++c) frames->at(0, w, c) = static_cast<float>(random.normal());
  }
  const CoarseMap coarse = axes({0});
  const Executor executor(2);
  return make<ConsistencyCheck>(yaml)->evaluate({.data = {{frames, std::make_shared<Spring>(1)}},
                                                 .draws = &draws,
                                                 .coarse = &coarse,
                                                 .stream = RandomStream::named(seed, {"check"}),
                                                 .executor = executor});
}

/// The numbers of the first table's column called `name`.
inline std::vector<double> column(const Findings& findings, const std::string& name) {
  const Table& table = findings.tables.front();
  std::vector<double> out;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].name == name)
      for (const auto& row : table.rows) out.push_back(std::get<double>(row[c]));
  return out;
}

inline double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

inline double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2)) / 2; }

}  // namespace liftwell::testing
