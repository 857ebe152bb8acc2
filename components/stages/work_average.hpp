// SPDX-License-Identifier: MIT
// What the work of many pulls says of a free energy.
#pragma once

#include <cmath>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

struct WorkAverage {
  double mean = 0, spread = 0;  ///< of the work
  double free_energy = 0;       ///< −kT ln⟨exp(−W/kT)⟩
  double standard_error = 0;    ///< by the jackknife over walkers; means little where few walkers count
  double effective = 0;         ///< (Σ w)²/Σ w², w = exp(−W/kT): the walkers that the average rests on
};

[[nodiscard]] inline WorkAverage work_average(const Vector& work, double thermal_energy) {
  const auto count = static_cast<double>(work.size());
  WorkAverage out;
  out.mean = work.mean();
  const double lowest = work.minCoeff();
  const Eigen::ArrayXd weight = (-(work.array() - lowest) / thermal_energy).exp();
  const double sum = weight.sum();
  out.free_energy = lowest - thermal_energy * std::log(sum / count);
  out.effective = sum * sum / weight.square().sum();
  if (work.size() < 2) {
    out.spread = out.standard_error = std::nan("");
    return out;
  }
  out.spread = std::sqrt((work.array() - out.mean).square().sum() / (count - 1));
  // Leaving out walker i: −kT ln[(Σ w − w_i)/(n − 1)], up to what is the same for all.
  const Eigen::ArrayXd without = -thermal_energy * (sum - weight).max(1e-300).log();
  out.standard_error = std::sqrt((without - without.mean()).square().sum() * (count - 1) / count);
  return out;
}

}  // namespace liftwell
