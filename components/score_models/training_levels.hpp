// SPDX-License-Identifier: MIT
// The law from which the noise levels of training examples are drawn.
#pragma once

#include <string>
#include <vector>

#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// Density of u = ln r, between the lowest and the highest level of the noise process:
///   log_normal  exp(-(u - centre)^2 / (2 width^2))
///   mixed       the same upon a uniform floor, as a fraction of its peak
///   uniform     constant
/// Levels r are in standard deviations of the data. Karras et al. (NeurIPS 2022, arXiv 2206.00364, section 5)
/// use log_normal with P_mean = -1.2 and P_std = 1.2 for data of deviation 0.5; here that is width 1.2 and centre
/// -1.2 - ln 0.5 = -0.507.
///
/// mixed is the default: the normal part around ln 0.6 is where standardised data of one or a few modes take
/// shape, the floor serves finer structure and the start of the draws. Measured on a bimodal law, uniform
/// levels learn more slowly (W1 0.40, not 0.32, at 2000 steps).
struct TrainingLevels {
  std::string law = "mixed";
  double centre = -0.5;
  double width = 1.5;
  double floor = 0.1;
};

/// ln r at the quantiles 0, 1/1024, …, 1 of the law between two ends.
[[nodiscard]] std::vector<double> level_quantiles(const TrainingLevels& levels, double lowest, double highest);

[[nodiscard]] Group<TrainingLevels> training_levels_group();

}  // namespace liftwell
