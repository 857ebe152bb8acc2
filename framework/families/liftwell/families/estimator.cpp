// SPDX-License-Identifier: MIT
#include "liftwell/families/estimator.hpp"

#include <cmath>

namespace liftwell {
namespace {

/// Position of cell `index` along each variable; the last variable varies fastest.
std::vector<Index> positions(const Grid& grid, Index index) {
  std::vector<Index> out(grid.bins.size());
  for (std::size_t k = grid.bins.size(); k-- > 0;) {
    out[k] = index % grid.bins[k];
    index /= grid.bins[k];
  }
  return out;
}

/// Value at `offset` bins past the lower edge of each cell. Written so that the upper edge of a cell
/// is the lower edge of the next, to the last bit.
Matrix cell_values(const Grid& grid, double offset) {
  Matrix out(grid.cells(), static_cast<Index>(grid.bins.size()));
  for (Index i = 0; i < out.rows(); ++i) {
    const auto at = positions(grid, i);
    for (Index k = 0; k < out.cols(); ++k) {
      const auto bins = static_cast<double>(grid.bins[static_cast<std::size_t>(k)]);
      const double fraction = (static_cast<double>(at[static_cast<std::size_t>(k)]) + offset) / bins;
      out(i, k) = grid.low[k] * (1 - fraction) + grid.high[k] * fraction;
    }
  }
  return out;
}

}  // namespace

bool PlannedEnsemble::held() const { return bias != nullptr && bias->sigma(1).allFinite(); }

Index Grid::cells() const {
  Index product = 1;
  for (const Index count : bins) product *= count;
  return product;
}

Matrix Grid::centres() const { return cell_values(*this, 0.5); }
Matrix Grid::lower_edges() const { return cell_values(*this, 0); }
Matrix Grid::upper_edges() const { return cell_values(*this, 1); }

std::optional<Index> Grid::cell(const double* value) const {
  Index index = 0;
  for (std::size_t k = 0; k < bins.size(); ++k) {
    const auto v = static_cast<Index>(k);
    const double fraction = (value[k] - low[v]) / (high[v] - low[v]);
    if (!(fraction >= 0 && fraction < 1)) return std::nullopt;
    const auto at = static_cast<Index>(fraction * static_cast<double>(bins[k]));
    index = index * bins[k] + std::min(at, bins[k] - 1);
  }
  return index;
}

}  // namespace liftwell
