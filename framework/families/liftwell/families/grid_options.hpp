// SPDX-License-Identifier: MIT
// The parameters of components that keep something on a grid of coarse values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/grid_function.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

struct GridOptions {
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> low, high;
  std::vector<std::int64_t> bins;

  [[nodiscard]] Grid grid() const {
    Grid out;
    out.low = Eigen::Map<const Vector>(low.data(), static_cast<Index>(low.size()));
    out.high = Eigen::Map<const Vector>(high.data(), static_cast<Index>(high.size()));
    out.bins.assign(bins.begin(), bins.end());
    return out;
  }
  /// "" when a GridFunction can be kept on the grid, else what is wrong with it.
  [[nodiscard]] std::string misfit() const { return GridFunction::misfit(grid(), CoarseMap(on)); }
};

/// Adds the parameters of GridOptions, from which `Options` is derived.
template <class Family, class Options>
Declaration<Family, Options>&& with_grid(Declaration<Family, Options>&& declaration) {
  using Numbers = std::vector<double>;
  return std::move(declaration)
      .template parameter<std::vector<Component<CoarseVariable>>>(
          "on", &Options::on, unit::none, "The coarse variables it acts on, one or two.", required())
      .template parameter<Numbers>("low", &Options::low, unit::coarse, "Lower end of the grid, one entry per variable.",
                                   required())
      .template parameter<Numbers>("high", &Options::high, unit::coarse,
                                   "Upper end of the grid, one entry per variable; a periodic one is gone around once.",
                                   required())
      .template parameter<std::vector<std::int64_t>>(
          "bins", &Options::bins, unit::none, "Cells of the grid, one entry per variable.", required() | at_least(4));
}

}  // namespace liftwell
