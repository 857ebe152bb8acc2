// SPDX-License-Identifier: MIT
// Walkers on a small lattice with two branches that meet in the middle only: what umbrella windows along x cannot
// see, with everything exact.
#pragma once

#include <array>
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

/// kT = 1. Places (x, y) with x in 0 … 11 and y in 0, 1; branch 0 rises with x, branch 1 falls. A walker tries a
/// step in x, or, for x from 4 to 7 and once in `rarity` tries, the other branch; Metropolis decides.
struct TwoBranches {
  static constexpr Index length = 12;
  double rarity = 5;

  [[nodiscard]] static double energy(Index x, Index y) {
    return y == 0 ? 0.8 * static_cast<double>(x) : 0.8 * static_cast<double>(length - 1 - x) - 2;
  }
  /// −ln[P(x > 5.5)/P(x < 5.5)].
  [[nodiscard]] static double exact() {
    std::array<double, 2> weight{};
    for (Index x = 0; x < length; ++x)
      for (Index y = 0; y < 2; ++y) weight[x >= length / 2] += std::exp(-energy(x, y));
    return -std::log(weight[1] / weight[0]);
  }
  [[nodiscard]] static double exact_profile(Index x) {
    return -std::log(std::exp(-energy(x, 0)) + std::exp(-energy(x, 1)));
  }

  /// One move in the energy plus stiffness/2 (x − centre)².
  void move(Index& x, Index& y, double stiffness, double centre, RandomSequence& random) const {
    Index to_x = x, to_y = y;
    const double choice = random.uniform();
    if (choice < 0.5 / rarity) {
      if (x < 4 || x > 7) return;
      to_y = 1 - y;
    } else {
      to_x += choice < 0.5 + 0.25 / rarity ? -1 : 1;
    }
    if (to_x < 0 || to_x >= length) return;
    const auto at = [&](Index place, Index branch) {
      const double away = static_cast<double>(place) - centre;
      return energy(place, branch) + stiffness / 2 * away * away;
    };
    if (std::log(random.uniform()) >= at(x, y) - at(to_x, to_y)) return;
    x = to_x;
    y = to_y;
  }

  /// Walkers of windows at every x, or unbiased ones started everywhere (stiffness 0); walker w of a window starts
  /// in branch 1 when w is a multiple of `one_in`, which is not what the energies want.
  [[nodiscard]] std::vector<BiasedEnsemble> data(Index walkers, Index frames, double stiffness, Index one_in,
                                                 std::uint64_t seed) const {
    const auto out = MemoryEnsemble::make(length * walkers, frames, 2);
    EnsembleInfo& info = out->editable_info();
    info.timestep = 0.5;
    info.centres.resize(length, 1);
    for (Index w = 0; w < length * walkers; ++w) {
      const Index window = w / walkers;
      const auto centre = static_cast<double>(window);
      info.centres(window, 0) = centre;
      info.window[static_cast<std::size_t>(w)] = stiffness > 0 ? window : 0;
      RandomSequence random(RandomStream::named(seed, {"two branches"}), static_cast<std::uint32_t>(w));
      Index x = window, y = w % walkers % one_in == 0 ? 1 : 0;
      for (Index f = 0; f < frames; ++f) {
        move(x, y, stiffness, centre, random);
        out->at(f, w, 0) = static_cast<float>(x);
        out->at(f, w, 1) = static_cast<float>(y);
      }
    }
    if (stiffness > 0) return {{out, std::make_shared<Spring>(stiffness)}};
    return {{out, nullptr}};
  }
};

inline FreeEnergy estimate_branches(const std::string& estimator, const std::vector<BiasedEnsemble>& data,
                                    int threads = 2,
                                    const std::vector<RegionPair>& differences = {{"right", 0, 5.5, 99, -99, 5.5}}) {
  const CoarseMap coarse = axes({0});
  const Executor executor(threads);
  return make<Estimator>(estimator)->estimate({.data = data,
                                               .coarse = coarse,
                                               .grid = {Vector::Constant(1, -0.5), Vector::Constant(1, 11.5), {12}},
                                               .differences = differences,
                                               .thermal_energy = 1,
                                               .stream = RandomStream::named(1, {"bootstrap"}),
                                               .executor = executor});
}

inline const std::string cells_with_branches = "cells: {further: {type: coordinate, index: 1}, further_widths: 1}";

/// Mean and mean square of z = (estimate − exact)/error over repeats.
struct BranchScores {
  double mean = 0, square = 0;
};
inline BranchScores branch_scores(const std::string& estimator, double stiffness, int repeats) {
  BranchScores out;
  for (int i = 0; i < repeats; ++i) {
    const FreeEnergy result =
        estimate_branches(estimator, TwoBranches{}.data(10, 150, stiffness, 4, 500 + static_cast<std::uint64_t>(i)));
    const double z = (result.differences[0].value - TwoBranches::exact()) / result.differences[0].standard_error;
    out.mean += z / repeats;
    out.square += z * z / repeats;
  }
  return out;
}

}  // namespace liftwell::testing
