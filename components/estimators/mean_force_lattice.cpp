// SPDX-License-Identifier: MIT
#include "mean_force_lattice.hpp"

#include <fmt/format.h>

#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCore>
#include <algorithm>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/families/circle.hpp"

namespace liftwell {
namespace {

constexpr std::array<Index, most_integrated> points_per_bin{20, 3, 2};  // along each of 1, 2 or 3 variables
constexpr double reach = 4;                                             // standard deviations

template <class Cells>
void sort_unique(Cells& cells) {
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
}

}  // namespace

Index MeanForceLattice::Axis::place(double value) const {
  const auto at = static_cast<Index>(std::floor((folded(value, low, period) - low) / step));
  return around > 0 ? std::min(at, around - 1) : at;
}

double MeanForceLattice::Axis::length_after(Index place) const {
  return around > 0 && place == around - 1 ? period - step * static_cast<double>(around - 1) : step;
}

MeanForceLattice::MeanForceLattice(const SampledFrames& frames, const EstimationRequest& request,
                                   const std::vector<NormalWindow>& windows) {
  choose_steps(request, windows);
  std::vector<Cell> cells = cells_of_windows(windows);
  const std::vector<Cell> bins = visited_bins(frames);
  for (const Cell& bin : bins) {
    Cell count{1, 1, 1};
    for (std::size_t k = 0; k < axes_.size(); ++k) count[k] = axes_[k].per_bin;
    for (Index a = 0; a < count[0]; ++a)
      for (Index b = 0; b < count[1]; ++b)
        for (Index c = 0; c < count[2]; ++c) {
          Cell cell{a, b, c};
          bool there = true;
          for (std::size_t k = 0; k < axes_.size(); ++k) {
            cell[k] += bin[k] * axes_[k].per_bin;
            there = there && (axes_[k].around == 0 || cell[k] < axes_[k].around);
          }
          if (there) cells.push_back(cell);
        }
  }
  sort_unique(cells);
  Cell start{};
  for (std::size_t k = 0; k < axes_.size(); ++k) start[k] = axes_[k].place(windows.front().mean[static_cast<Index>(k)]);
  link(std::move(cells), start, bins);
  weigh(request, windows);
}

/// As many steps per bin as the narrowest window asks for, where that gives no more points than can be solved.
void MeanForceLattice::choose_steps(const EstimationRequest& request, const std::vector<NormalWindow>& windows) {
  const auto variables = static_cast<std::size_t>(request.coarse.size());
  for (std::size_t k = 0; k < variables; ++k) {
    const auto at = static_cast<Index>(k);
    const double bin = (request.grid.high[at] - request.grid.low[at]) / static_cast<double>(request.grid.bins[k]);
    double narrowest = std::numeric_limits<double>::infinity(), sum = 0;
    for (const NormalWindow& window : windows) {
      narrowest = std::min(narrowest, std::sqrt(window.covariance(at, at)));
      sum += std::sqrt(window.covariance(at, at));
    }
    Axis axis{.low = request.grid.low[at], .period = request.coarse.period(at)};
    axis.sigma = sum / static_cast<double>(windows.size());
    axis.per_bin = std::max(points_per_bin[variables - 1], static_cast<Index>(std::ceil(bin / narrowest)));
    axis.step = bin / static_cast<double>(axis.per_bin);
    axes_.push_back(axis);
  }
  const auto points = [&] {
    double sum = 0;  // of the windows' boxes: more than there will be
    for (const NormalWindow& window : windows) {
      double box = 1;
      for (std::size_t k = 0; k < variables; ++k) {
        const auto at = static_cast<Index>(k);
        box *= 2 * reach * std::sqrt(window.covariance(at, at)) / axes_[k].step + 1;
      }
      sum += box;
    }
    return sum;
  };
  while (points() > 20 * most_points) {  // boxes of neighbours overlap
    const auto finest = std::max_element(axes_.begin(), axes_.end(),
                                         [](const Axis& a, const Axis& b) { return a.per_bin < b.per_bin; });
    if (finest->per_bin == 1)
      throw InputError(
          fmt::format("umbrella integration would need some {:.0e} points, {:.0e} are the most; take "
                      "fewer bins, or mbar",
                      points(), most_points));
    finest->step *= static_cast<double>(finest->per_bin) / static_cast<double>(finest->per_bin - 1);
    --finest->per_bin;
  }
  for (Axis& axis : axes_)
    if (axis.period > 0)
      axis.around = std::max<Index>(1, static_cast<Index>(std::floor(axis.period / axis.step + 1e-9)));
}

std::vector<MeanForceLattice::Cell> MeanForceLattice::cells_of_windows(const std::vector<NormalWindow>& windows) const {
  std::vector<Cell> out;
  const auto variables = static_cast<Index>(axes_.size());
  for (const NormalWindow& window : windows) {
    Cell steps{};  // to either side of the mean
    for (Index k = 0; k < variables; ++k)
      steps[static_cast<std::size_t>(k)] = static_cast<Index>(
          std::ceil(reach * std::sqrt(window.covariance(k, k)) / axes_[static_cast<std::size_t>(k)].step));
    for (Index a = -steps[0]; a <= steps[0]; ++a)
      for (Index b = -steps[1]; b <= steps[1]; ++b)
        for (Index c = -steps[2]; c <= steps[2]; ++c) {
          const Cell offset{a, b, c};
          Place away(variables);
          Cell cell{};
          for (Index k = 0; k < variables; ++k) {
            const auto at = static_cast<std::size_t>(k);
            away[k] = static_cast<double>(offset[at]) * axes_[at].step;
            cell[at] = axes_[at].place(window.mean[k] + away[k]);
          }
          if (window.distance(away) <= reach * reach) out.push_back(cell);
        }
    if (static_cast<double>(out.size()) > 4 * most_points) sort_unique(out);
  }
  sort_unique(out);
  return out;
}

MeanForceLattice::Cell MeanForceLattice::bin_of(const Cell& cell) const {
  Cell bin{};
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const Index per_bin = axes_[k].per_bin;
    bin[k] = (cell[k] - (((cell[k] % per_bin) + per_bin) % per_bin)) / per_bin;
  }
  return bin;
}

std::vector<MeanForceLattice::Cell> MeanForceLattice::visited_bins(const SampledFrames& frames) const {
  std::vector<Cell> out;
  for (Index n = 0; n < frames.size(); ++n) {
    Cell cell{};
    for (std::size_t k = 0; k < axes_.size(); ++k) cell[k] = axes_[k].place(frames.coarse(n, static_cast<Index>(k)));
    out.push_back(bin_of(cell));
    if (static_cast<double>(out.size()) > 4 * most_points) sort_unique(out);
  }
  sort_unique(out);
  return out;
}

/// Numbers the cells that can be reached from `start` and the edges between them.
void MeanForceLattice::link(std::vector<Cell> cells, const Cell& start, const std::vector<Cell>& bins) {
  const auto find = [&](const Cell& cell) -> Index {
    const auto found = std::lower_bound(cells.begin(), cells.end(), cell);
    return found != cells.end() && *found == cell ? found - cells.begin() : -1;
  };
  const auto next = [&](Cell cell, std::size_t axis, Index by) {
    const Index around = axes_[axis].around;
    cell[axis] += by;
    if (around > 0) cell[axis] = (cell[axis] + around) % around;
    return find(cell);
  };
  std::vector<char> reached(cells.size(), 0);
  std::vector<Index> open{find(start)};
  ensure(open.front() >= 0, "a window's mean lies on the lattice");
  reached[static_cast<std::size_t>(open.front())] = 1;
  while (!open.empty()) {
    const auto at = static_cast<std::size_t>(open.back());
    open.pop_back();
    for (std::size_t k = 0; k < axes_.size(); ++k)
      for (const Index by : {-1, 1})
        if (const Index to = next(cells[at], k, by); to >= 0 && reached[static_cast<std::size_t>(to)] == 0) {
          reached[static_cast<std::size_t>(to)] = 1;
          open.push_back(to);
        }
  }
  std::vector<Cell> kept;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (reached[i] != 0) kept.push_back(cells[i]);
  cells = std::move(kept);
  if (static_cast<double>(cells.size()) > most_points)
    throw InputError(
        fmt::format("umbrella integration would need {} points, {:.0f} are the most; take fewer bins, or "
                    "mbar",
                    cells.size(), most_points));

  points_.resize(static_cast<Index>(axes_.size()), static_cast<Index>(cells.size()));
  volumes_ = Vector::Ones(size());
  for (Index i = 0; i < size(); ++i) {
    const Cell& cell = cells[static_cast<std::size_t>(i)];
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      points_(static_cast<Index>(k), i) = axes_[k].value(cell[k]);
      const double length = axes_[k].length_after(cell[k]);
      volumes_[i] *= length / axes_[k].step;
      if (const Index to = next(cell, k, 1); to >= 0 && to != i)
        edges_.push_back({i, to, static_cast<Index>(k), length});
    }
    visited_.push_back(std::binary_search(bins.begin(), bins.end(), bin_of(cell)) ? 1 : 0);
  }
}

double MeanForceLattice::share_within(Index point, Index k, double low, double high) const {
  const Axis& axis = axes_[static_cast<std::size_t>(k)];
  const double begin = folded(points_(k, point) - axis.step / 2, low, axis.period);
  const auto overlap = [&](double from) {
    return std::max(0.0, std::min(from + axis.step, high) - std::max(from, low)) / axis.step;
  };
  return overlap(begin) + (axis.period > 0 ? overlap(begin - axis.period) : 0);
}

struct MeanForceLattice::Solver {
  std::vector<double> weights;         ///< per edge
  Index pinned = 0;                    ///< where F is 0
  Eigen::SparseMatrix<double> normal;  ///< of the points but the pinned one

  [[nodiscard]] Index row(Index point) const { return point - (point > pinned ? 1 : 0); }
};

void MeanForceLattice::weigh(const EstimationRequest& request, const std::vector<NormalWindow>& windows) {
  log_weights_ = Vector::Constant(size(), -std::numeric_limits<double>::infinity());
  for (Index i = 0; i < size(); ++i)
    for (const NormalWindow& window : windows)
      log_weights_[i] = std::max(log_weights_[i], window.log_weight(window.away(points_.col(i), request.coarse)));
  auto solver = std::make_shared<Solver>();
  const double most = log_weights_.maxCoeff(&solver->pinned);
  std::vector<Eigen::Triplet<double>> entries;
  for (const Edge& edge : edges_) {
    // The floor keeps the equations solvable: out there forces are known too badly to matter.
    const double weight = std::max(std::exp((log_weights_[edge.from] + log_weights_[edge.to]) / 2 - most), 1e-6);
    const double w = weight * std::pow(axes_[static_cast<std::size_t>(edge.axis)].sigma / edge.length, 2);
    solver->weights.push_back(w);
    for (const Index point : {edge.from, edge.to})
      if (point != solver->pinned) entries.emplace_back(solver->row(point), solver->row(point), w);
    if (edge.from == solver->pinned || edge.to == solver->pinned) continue;
    entries.emplace_back(solver->row(edge.from), solver->row(edge.to), -w);
    entries.emplace_back(solver->row(edge.to), solver->row(edge.from), -w);
  }
  solver->normal.resize(size() - 1, size() - 1);
  solver->normal.setFromTriplets(entries.begin(), entries.end());
  solver_ = std::move(solver);
}

Vector MeanForceLattice::integrate(const Matrix& forces, const Vector& guess) const {
  const Solver& solver = *solver_;
  Vector out = Vector::Zero(size());
  if (size() < 2) return out;
  Vector right = Vector::Zero(size() - 1);
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    const Edge& edge = edges_[e];
    const double rise = (forces(edge.axis, edge.from) + forces(edge.axis, edge.to)) / 2 * edge.length;
    if (edge.to != solver.pinned) right[solver.row(edge.to)] += solver.weights[e] * rise;
    if (edge.from != solver.pinned) right[solver.row(edge.from)] -= solver.weights[e] * rise;
  }
  Vector start = Vector::Zero(size() - 1);
  if (guess.size() > 0)
    for (Index i = 0; i < size(); ++i)
      if (i != solver.pinned) start[solver.row(i)] = guess[i] - guess[solver.pinned];
  Eigen::ConjugateGradient<Eigen::SparseMatrix<double>, Eigen::Lower | Eigen::Upper, Eigen::IncompleteCholesky<double>>
      gradients;
  gradients.setTolerance(1e-9);
  gradients.compute(solver.normal);
  const Vector solution = gradients.solveWithGuess(right, start);
  if (gradients.info() != Eigen::Success)
    throw RunError(
        fmt::format("mean forces could not be integrated over {} points (residual {:.1e} after {} steps); "
                    "take fewer bins",
                    size(), gradients.error(), gradients.iterations()));
  for (Index i = 0; i < size(); ++i)
    if (i != solver.pinned) out[i] = solution[solver.row(i)];
  return out;
}

}  // namespace liftwell
