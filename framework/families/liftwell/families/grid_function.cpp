// SPDX-License-Identifier: MIT
#include "liftwell/families/grid_function.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace liftwell {
namespace {

/// Of a grid in memory, several fields of numbers each.
constexpr double most_cells = 1e7;

}  // namespace

GridFunction::GridFunction(Grid grid, const CoarseMap& coarse) : grid_(std::move(grid)) {
  ensure(misfit(grid_, coarse).empty(), "a function was put on a grid that does not fit it");
  values_ = Vector::Zero(grid_.cells());
  for (Index k = 0; k < coarse.size(); ++k) period_.push_back(coarse.period(k));
}

std::string GridFunction::misfit(const Grid& grid, const CoarseMap& coarse) {
  const auto size = static_cast<std::size_t>(coarse.size());
  if (size < 1 || size > most_variables) return fmt::format("is for one or two coarse variables, not {}", size);
  if (static_cast<std::size_t>(grid.low.size()) != size || static_cast<std::size_t>(grid.high.size()) != size ||
      grid.bins.size() != size)
    return fmt::format("needs one number in each of low, high and bins for each coarse variable ({})", size);
  double cells = 1;
  for (const Index bins : grid.bins) cells *= static_cast<double>(bins);
  if (cells > most_cells)
    return fmt::format("has a grid of {:.4g} cells, of at most {:.4g}; take fewer bins", cells, most_cells);
  for (Index k = 0; k < coarse.size(); ++k) {
    const auto& name = coarse.names()[static_cast<std::size_t>(k)];
    const double span = grid.high[k] - grid.low[k], period = coarse.period(k);
    if (!(span > 0)) return fmt::format("has a grid along '{}' whose high is not above its low", name);
    if (grid.bins[static_cast<std::size_t>(k)] < static_cast<Index>(reach))
      return fmt::format("needs at least {} bins along '{}'", reach, name);
    if (period > 0 && std::abs(span - period) > 1e-9 * period)
      return fmt::format("has a grid along '{}' that spans {:.10g}, but must go once around its period of {:.10g}",
                         name, span, period);
  }
  return {};
}

void GridFunction::set_values(const Vector& values) {
  ensure(values.size() == values_.size(), "a grid was given values of another size");
  values_ = values;
}

GridFunction::Stencil GridFunction::stencil(std::size_t variable, double value) const {
  const auto k = static_cast<Index>(variable);
  const Index bins = grid_.bins[variable];
  const double per_length = static_cast<double>(bins) / (grid_.high[k] - grid_.low[k]);
  const bool around = period_[variable] > 0;
  // Distance from the first centre, in cells.
  double place = (folded(value, grid_.low[k], period_[variable]) - grid_.low[k]) * per_length - 0.5;
  if (!std::isfinite(place)) place = 0;  // of a walker that is lost, which whoever moves it will find out
  const auto last = static_cast<double>(bins - 1);
  const bool outside = !around && !(place > 0 && place < last);
  if (outside) place = place > 0 ? last : 0;
  const double floor = around ? std::floor(place) : std::min(std::floor(place), last - 1);
  const double t = place - floor;
  const auto first = static_cast<Index>(floor) - 1;
  Stencil out;
  out.weight = {((2 - t) * t - 1) * t / 2, ((3 * t - 5) * t * t + 2) / 2, ((4 - 3 * t) * t + 1) * t / 2,
                (t - 1) * t * t / 2};
  out.slope = {((4 - 3 * t) * t - 1) / 2, (9 * t - 10) * t / 2, ((8 - 9 * t) * t + 1) / 2, (3 * t - 2) * t / 2};
  for (std::size_t i = 0; i < reach; ++i) {
    const Index cell = first + static_cast<Index>(i);
    // Mirrored about the outermost centres, which makes the slope there 0.
    out.cell[i] = around ? (cell + bins) % bins : cell < 0 ? -cell : cell >= bins ? 2 * (bins - 1) - cell : cell;
    out.slope[i] *= outside ? 0 : per_length;
  }
  return out;
}

double GridFunction::at(const double* xi, double* derivative) const {
  const Stencil a = stencil(0, xi[0]);
  double value = 0, along = 0, across = 0;
  if (period_.size() == 1) {
    for (std::size_t i = 0; i < reach; ++i) {
      value += a.weight[i] * values_[a.cell[i]];
      along += a.slope[i] * values_[a.cell[i]];
    }
    if (derivative != nullptr) derivative[0] = along;
    return value;
  }
  const Stencil b = stencil(1, xi[1]);
  for (std::size_t i = 0; i < reach; ++i) {
    double row = 0, row_slope = 0;
    for (std::size_t j = 0; j < reach; ++j) {
      const double node = values_[a.cell[i] * grid_.bins[1] + b.cell[j]];
      row += b.weight[j] * node;
      row_slope += b.slope[j] * node;
    }
    value += a.weight[i] * row;
    along += a.slope[i] * row;
    across += a.weight[i] * row_slope;
  }
  if (derivative != nullptr) {
    derivative[0] = along;
    derivative[1] = across;
  }
  return value;
}

Vector GridFunction::largest_curvature() const {
  Vector out = Vector::Zero(std::ssize(period_));
  for (Index k = 0; k < out.size(); ++k) {
    const auto variable = static_cast<std::size_t>(k), other = period_.size() - 1 - variable;
    const auto width = [&](std::size_t of) {
      const auto slot = static_cast<Index>(of);
      return (grid_.high[slot] - grid_.low[slot]) / static_cast<double>(grid_.bins[of]);
    };
    const bool around = period_[variable] > 0;
    const Index pieces = around ? grid_.bins[variable] : grid_.bins[variable] - 2;
    // Across, from centre to centre in half cells, and round where the other variable is periodic.
    const Index rows = period_.size() == 1 ? 1 : 2 * grid_.bins[other] - (period_[other] > 0 ? 0 : 1);
    std::array<double, most_variables> place{}, slope{};
    for (Index row = 0; row < rows; ++row) {
      if (period_.size() > 1)
        place[other] = grid_.low[static_cast<Index>(other)] + width(other) * (static_cast<double>(row) + 1) / 2;
      for (Index piece = around ? 0 : 1; piece < pieces; ++piece) {
        // Of a cubic piece the slope is a parabola: three values of it give the second derivative at both ends.
        std::array<double, 3> slopes{};
        for (std::size_t i = 0; i < slopes.size(); ++i) {
          place[variable] =
              grid_.low[k] + width(variable) * (static_cast<double>(piece) + 0.5 + 0.5 * static_cast<double>(i));
          (void)at(place.data(), slope.data());
          slopes[i] = slope[variable];
        }
        const double first = -3 * slopes[0] + 4 * slopes[1] - slopes[2];
        const double last = slopes[0] - 4 * slopes[1] + 3 * slopes[2];
        out[k] = std::max({out[k], first / width(variable), last / width(variable)});
      }
    }
  }
  return out;
}

void GridFunction::evaluate(ConstBlock xi, double* value, Block derivative) const {
  std::array<double, most_variables> place{}, slope{};
  for (Index lane = 0; lane < xi.lanes(); ++lane) {
    for (Index k = 0; k < xi.rows(); ++k) place[static_cast<std::size_t>(k)] = xi(k, lane);
    value[lane] = at(place.data(), slope.data());
    for (Index k = 0; k < derivative.rows(); ++k) derivative(k, lane) = slope[static_cast<std::size_t>(k)];
  }
}

}  // namespace liftwell
