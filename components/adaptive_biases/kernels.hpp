// SPDX-License-Identifier: MIT
// What adaptive biases on a grid share: their options, and Gaussians added to a field.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "liftwell/families/adaptive_bias.hpp"
#include "liftwell/families/grid_options.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

struct KernelGridOptions : GridOptions {
  std::vector<double> width;

  void check_grid(Problems& problems) const {
    const Grid all = grid();
    if (const auto fault = misfit(); !fault.empty()) {
      problems.add("", fault);
      return;
    }
    if (width.size() != on.size()) {
      problems.add("width", "must have one number for each coarse variable");
      return;
    }
    for (std::size_t k = 0; k < width.size(); ++k) {
      const auto at = static_cast<Index>(k);
      const double cell = (all.high[at] - all.low[at]) / static_cast<double>(all.bins[k]);
      if (width[k] > all.high[at] - all.low[at])
        problems.add("width", "is above the span of the grid, on which it would show no place",
                     fmt::format("{:.4g}", width[k]), fmt::format("well below {:.4g}", all.high[at] - all.low[at]));
      if (width[k] < cell)
        problems.add("width", "is below the width of a cell, which the grid cannot show",
                     fmt::format("{:.4g}", width[k]), fmt::format("at least {:.4g}, or more bins", cell));
    }
  }
};

/// Adds the parameters of KernelGridOptions, from which `Options` is derived.
template <class Options>
Declaration<AdaptiveBias, Options> with_kernel_grid(Declaration<AdaptiveBias, Options> declaration,
                                                    std::string_view width_sentence) {
  return with_grid(std::move(declaration))
      .template parameter<std::vector<double>>("width", &Options::width, unit::coarse, width_sentence,
                                               required() | above(0));
}

/// A walker's cell, for the count of where walkers were seen.
[[nodiscard]] inline std::optional<Index> cell_of(const Grid& grid, const CoarseMap& coarse, const double* xi) {
  std::array<double, 2> place{};
  for (Index k = 0; k < coarse.size(); ++k)
    place[static_cast<std::size_t>(k)] = folded(xi[k], grid.low[k], coarse.period(k));
  return grid.cell(place.data());
}

/// Adds height · exp(−Σ_k (ξ_k − at_k)²/(2 width_k²)) to the row `row` of `fields` at every cell centre closer than
/// eight widths (the rest is below 2·10⁻¹⁴ of the height), by the nearest image around a circle.
inline void add_gaussian(const Grid& grid, const CoarseMap& coarse, const double* at, const Vector& width,
                         double height, Matrix& fields, Index row) {
  std::array<std::vector<std::pair<Index, double>>, 2> factors;
  factors[1].emplace_back(0, 1.0);  // a second variable that does not exist
  for (Index k = 0; k < coarse.size(); ++k) {
    const auto slot = static_cast<std::size_t>(k);
    const Index bins = grid.bins[slot];
    const double cell = (grid.high[k] - grid.low[k]) / static_cast<double>(bins);
    const bool around = coarse.period(k) > 0;
    const double place = (folded(at[k], grid.low[k], coarse.period(k)) - grid.low[k]) / cell - 0.5;
    double reach = 8 * width[k] / cell;
    if (around) reach = std::min(reach, static_cast<double>(bins) / 2 * (1 - 1e-12));  // each cell once
    auto& mine = factors[slot];
    mine.clear();
    const double most = static_cast<double>(bins) - 1;
    const double from = std::ceil(place - reach), to = std::floor(place + reach);
    for (double i = around ? from : std::max(from, 0.0); i <= (around ? to : std::min(to, most)); ++i) {
      const double away = (i - place) * cell / width[k];
      mine.emplace_back((static_cast<Index>(i) + bins) % bins, std::exp(-away * away / 2));
    }
  }
  const Index inner = coarse.size() == 2 ? grid.bins[1] : 1;
  for (const auto& [i, outer] : factors[0])
    for (const auto& [j, factor] : factors[1]) fields(row, i * inner + j) += height * outer * factor;
}

}  // namespace liftwell
