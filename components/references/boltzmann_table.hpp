// SPDX-License-Identifier: MIT
// A Boltzmann density tabulated on a tensor grid, its integral, and draws from it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/block.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/energy_surface.hpp"

namespace liftwell {

/// Values of one coordinate at which the density is tabulated, with quadrature weights.
struct TableAxis {
  Vector nodes, weights;
};

/// `count` equidistant nodes with trapezoid weights: of exponential accuracy for a smooth density
/// that vanishes at both ends. One node of weight 1 where the coordinate is held fixed.
inline TableAxis even_axis(double low, double high, Index count) {
  if (count == 1) return {Vector::Constant(1, low), Vector::Ones(1)};
  TableAxis axis{Vector::LinSpaced(count, low, high),
                 Vector::Constant(count, (high - low) / static_cast<double>(count - 1))};
  axis.weights[0] /= 2;
  axis.weights[count - 1] /= 2;
  return axis;
}

/// Four-point Gauss-Legendre in `panels` equal panels: for intervals at whose ends the density does
/// not vanish.
inline TableAxis panel_axis(double low, double high, Index panels) {
  constexpr double inner = 0.33998104358485626, outer = 0.86113631159405258;
  constexpr double inner_weight = 0.65214515486254614, outer_weight = 0.34785484513745386;
  TableAxis axis{Vector(4 * panels), Vector(4 * panels)};
  const double half = (high - low) / static_cast<double>(2 * panels);
  for (Index p = 0; p < panels; ++p) {
    const double middle = low + half * static_cast<double>(2 * p + 1);
    axis.nodes.segment(4 * p, 4) << middle - outer * half, middle - inner * half, middle + inner * half,
        middle + outer * half;
    axis.weights.segment(4 * p, 4) << outer_weight * half, inner_weight * half, inner_weight * half,
        outer_weight * half;
  }
  return axis;
}

/// exp(−(E − lowest)/kT) on the product of up to three axes, the last index fastest.
class BoltzmannTable {
 public:
  BoltzmannTable(const EnergySurface& surface, double thermal_energy, std::vector<TableAxis> axes)
      : axes_(std::move(axes)), density_(Vector::Zero(size())) {
    constexpr Index lanes = 512;  // a tile that stays in the cache
    const auto dimension = static_cast<Index>(axes_.size());
    BlockBuffer x(dimension, lanes), gradient(dimension, lanes), energy(1, lanes);
    for (Index first = 0; first < size(); first += lanes) {
      const Index count = std::min(lanes, size() - first);
      for (Index lane = 0; lane < lanes; ++lane) {  // lanes past the end repeat the last point
        Index index = first + std::min(lane, count - 1);
        for (Index k = dimension; k-- > 0;) {
          const Vector& nodes = axes_[static_cast<std::size_t>(k)].nodes;
          x.block()(k, lane) = nodes[index % nodes.size()];
          index /= nodes.size();
        }
      }
      surface.evaluate(std::as_const(x).block(), energy.block().data(), gradient.block());
      for (Index lane = 0; lane < count; ++lane) density_[first + lane] = energy.block()(0, lane) / thermal_energy;
    }
    // Where the energy is no number (the logarithm of a negative one) or infinite, states are forbidden.
    density_ = density_.array().isFinite().select(density_, std::numeric_limits<double>::infinity());
    lowest_ = density_.minCoeff();
    if (std::isfinite(lowest_))
      density_ = (lowest_ - density_.array()).exp();
    else
      density_.setZero();
  }

  [[nodiscard]] Index size() const {
    Index product = 1;
    for (const TableAxis& axis : axes_) product *= axis.nodes.size();
    return product;
  }

  /// ln ∫ exp(−E/kT) over the box.
  [[nodiscard]] double log_integral() const { return std::log(marginals(0).sum()) - lowest_; }

  /// Per axis, the interval outside which the density is below `threshold` of its maximum, widened
  /// by one node on either side.
  [[nodiscard]] Matrix support(double threshold) const {
    const auto dimension = static_cast<Index>(axes_.size());
    Matrix range(dimension, 2);
    std::vector<std::pair<Index, Index>> ends(axes_.size(), {std::numeric_limits<Index>::max(), 0});
    for (Index i = 0; i < size(); ++i) {
      if (density_[i] < threshold) continue;
      Index index = i;
      for (std::size_t k = axes_.size(); k-- > 0;) {
        const Index at = index % axes_[k].nodes.size();
        ends[k] = {std::min(ends[k].first, at), std::max(ends[k].second, at)};
        index /= axes_[k].nodes.size();
      }
    }
    for (Index k = 0; k < dimension; ++k) {
      const auto& [first, last] = ends[static_cast<std::size_t>(k)];
      const Vector& nodes = axes_[static_cast<std::size_t>(k)].nodes;
      range(k, 0) = nodes[std::max<Index>(0, first - 1)];
      range(k, 1) = nodes[std::min(nodes.size() - 1, last + 1)];
    }
    return range;
  }

  /// `count` independent draws from the multilinear interpolation of the table, one axis after the
  /// other by inversion of exact marginals. Draw i uses lane i of `stream`. Axes must be even.
  [[nodiscard]] Matrix draw(Index count, const RandomStream& stream) const {
    const auto dimension = static_cast<Index>(axes_.size());
    std::vector<Vector> marginal;  // [k]: over the first k + 1 axes, the others integrated
    for (Index k = 0; k < dimension; ++k) marginal.push_back(marginals(k + 1));
    Matrix out(count, dimension);
    for (Index i = 0; i < count; ++i) {
      RandomSequence random(stream, static_cast<std::uint32_t>(i));
      // Rows of the marginal that surround what was drawn so far, with their interpolation weights.
      std::vector<std::pair<Index, double>> rows{{0, 1.0}};
      for (Index k = 0; k < dimension; ++k) {
        const Vector& nodes = axes_[static_cast<std::size_t>(k)].nodes;
        Vector line = Vector::Zero(nodes.size());
        for (const auto& [row, weight] : rows)
          line += weight * marginal[static_cast<std::size_t>(k)].segment(row * nodes.size(), nodes.size());
        const auto [left, fraction] = invert(line, random.uniform());
        std::vector<std::pair<Index, double>> next;
        for (const auto& [row, weight] : rows) {
          next.emplace_back(row * nodes.size() + left, weight * (1 - fraction));
          if (fraction > 0) next.emplace_back(row * nodes.size() + left + 1, weight * fraction);
        }
        rows = std::move(next);
        out(i, k) = fraction > 0 ? nodes[left] * (1 - fraction) + nodes[left + 1] * fraction : nodes[left];
      }
    }
    return out;
  }

 private:
  /// Integrals over all axes from the `kept`-th on; values on the grid of the first `kept` axes.
  [[nodiscard]] Vector marginals(Index kept) const {
    Vector values;
    const double* from = density_.data();
    Index count = density_.size();
    for (auto k = static_cast<Index>(axes_.size()); k-- > kept;) {
      const Vector& weights = axes_[static_cast<std::size_t>(k)].weights;
      count /= weights.size();
      values = Vector(Eigen::Map<const Matrix>(from, count, weights.size()) * weights);
      from = values.data();
    }
    if (values.size() == 0) return density_;
    return values;
  }

  /// Node to the left and fraction of the interval at which the integral of the piecewise linear
  /// `line` reaches the share `u` of its whole.
  static std::pair<Index, double> invert(const Vector& line, double u) {
    const Index intervals = line.size() - 1;
    if (intervals == 0) return {0, 0.0};
    double rest = u * (line.sum() - (line[0] + line[intervals]) / 2);
    for (Index i = 0; i < intervals; ++i) {
      const double area = (line[i] + line[i + 1]) / 2;
      if (rest < area || i + 1 == intervals) {
        // a t + (b − a) t²/2 = rest, solved in the form that stays exact for a = b.
        const double a = line[i], slope = line[i + 1] - line[i];
        const double root = std::sqrt(std::max(0.0, a * a + 2 * slope * std::min(rest, area)));
        return {i, a + root > 0 ? std::clamp(2 * std::min(rest, area) / (a + root), 0.0, 1.0) : 0.0};
      }
      rest -= area;
    }
    return {intervals - 1, 1.0};
  }

  std::vector<TableAxis> axes_;
  Vector density_;
  double lowest_ = 0;
};

}  // namespace liftwell
