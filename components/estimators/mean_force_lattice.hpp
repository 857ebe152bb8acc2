// SPDX-License-Identifier: MIT
// Points between which mean forces are integrated to free energies.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "normal_windows.hpp"
#include "sampled_frames.hpp"

namespace liftwell {

/// Midpoints of equal steps, a whole number of them per bin of the profile: those within 4 standard deviations of a
/// window's mean or in a bin where a frame fell, as far as steps from one to the next connect them with `start`.
class MeanForceLattice {
 public:
  static constexpr double most_points = 400'000;

  /// Throws InputError where the points would be too many.
  MeanForceLattice(const SampledFrames& frames, const EstimationRequest& request,
                   const std::vector<NormalWindow>& windows);

  [[nodiscard]] Index size() const { return points_.cols(); }
  [[nodiscard]] const Matrix& points() const { return points_; }  ///< coarse variables x points, folded onto the grid
  /// Share of the point's step along variable `k` that lies in [low, high), on the circle where there is a period.
  [[nodiscard]] double share_within(Index point, Index k, double low, double high) const;
  [[nodiscard]] double volume(Index point) const { return volumes_[point]; }  ///< relative to the others'
  /// Whether a frame fell in the bin that the point lies in, bins beyond the profile's grid counted on.
  [[nodiscard]] bool visited(Index point) const { return visited_[static_cast<std::size_t>(point)] != 0; }

  /// ln of the largest weight that one of the windows has at the point: how much its mean force counts.
  [[nodiscard]] double log_weight(Index point) const { return log_weights_[point]; }

  /// F of least Σ_edges w (F_j − F_i − ∫_i^j force)², w the geometric mean of the ends' weights over the square of the
  /// edge in standard deviations: its gradient comes nearest to `forces` (coarse variables x points), which are the
  /// gradient of something only where windows are normal laws. On a line it is the integral. `guess`: an F to start
  /// from, or empty. Throws RunError where the equations are not solved.
  [[nodiscard]] Vector integrate(const Matrix& forces, const Vector& guess) const;

 private:
  using Cell = std::array<Index, most_integrated>;
  struct Axis {
    double low = 0, step = 0;
    Index per_bin = 1;
    double sigma = 0;  ///< mean standard deviation of the windows: the unit in which directions are compared
    double period = 0;
    Index around = 0;  ///< points on the circle; 0 on the line
    [[nodiscard]] Index place(double value) const;
    [[nodiscard]] double value(Index place) const { return low + step * (static_cast<double>(place) + 0.5); }
    [[nodiscard]] double length_after(Index place) const;  ///< from one point to the next
  };
  struct Edge {
    Index from = 0, to = 0, axis = 0;
    double length = 0;
  };

  void choose_steps(const EstimationRequest& request, const std::vector<NormalWindow>& windows);
  [[nodiscard]] std::vector<Cell> cells_of_windows(const std::vector<NormalWindow>& windows) const;
  [[nodiscard]] std::vector<Cell> visited_bins(const SampledFrames& frames) const;
  [[nodiscard]] Cell bin_of(const Cell& cell) const;
  void link(std::vector<Cell> cells, const Cell& start, const std::vector<Cell>& bins);
  void weigh(const EstimationRequest& request, const std::vector<NormalWindow>& windows);

  std::vector<Axis> axes_;
  Matrix points_;
  Vector volumes_;
  std::vector<char> visited_;
  std::vector<Edge> edges_;
  Vector log_weights_;
  struct Solver;
  std::shared_ptr<const Solver> solver_;
};

}  // namespace liftwell
