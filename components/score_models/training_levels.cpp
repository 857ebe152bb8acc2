// SPDX-License-Identifier: MIT
#include "training_levels.hpp"

#include <fmt/format.h>

#include <cmath>

#include "liftwell/base/error.hpp"

namespace liftwell {

std::vector<double> level_quantiles(const TrainingLevels& levels, double lowest, double highest) {
  constexpr int cells = 4096;
  constexpr int quantiles = 1024;
  const double step = (highest - lowest) / cells;
  const double floor = levels.law == "mixed" ? levels.floor : levels.law == "uniform" ? 1 : 0;
  const double peak = levels.law == "uniform" ? 0 : 1;
  std::vector<double> cumulative{0};
  for (int i = 0; i < cells; ++i) {
    const double z = (lowest + (i + 0.5) * step - levels.centre) / levels.width;
    cumulative.push_back(cumulative.back() + floor + peak * std::exp(-z * z / 2));
  }
  if (!(cumulative.back() > 0))
    throw InputError(fmt::format(
        "the law of the training levels (centre {}, width {}) has no weight between the noise process's levels "
        "{:.4g} and {:.4g} of ln r",
        levels.centre, levels.width, lowest, highest));
  std::vector<double> out;
  std::size_t cell = 0;
  for (int q = 0; q <= quantiles; ++q) {
    const double wanted = cumulative.back() * q / quantiles;
    while (cell + 1 < cells && (cumulative[cell + 1] < wanted || cumulative[cell + 1] == cumulative[cell])) ++cell;
    const double part = (wanted - cumulative[cell]) / (cumulative[cell + 1] - cumulative[cell]);
    out.push_back(lowest + (static_cast<double>(cell) + part) * step);
  }
  return out;
}

Group<TrainingLevels> training_levels_group() {
  return Group<TrainingLevels>()
      .parameter("law", &TrainingLevels::law, unit::none,
                 "mixed: normal in ln r upon a uniform floor; log_normal: without the floor; uniform: in ln r.",
                 one_of({"mixed", "log_normal", "uniform"}))
      .parameter("centre", &TrainingLevels::centre, unit::dimensionless,
                 "Mean of ln r, r in standard deviations of the data.")
      .parameter("width", &TrainingLevels::width, unit::dimensionless, "Standard deviation of ln r.", above(0))
      .parameter("floor", &TrainingLevels::floor, unit::dimensionless,
                 "Height of the uniform floor of mixed over that of the normal peak.", at_least(0));
}

}  // namespace liftwell
