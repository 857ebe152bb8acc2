// SPDX-License-Identifier: MIT
// A function of one or two coarse variables that is known on a grid, smooth in between.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "liftwell/data/block.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/circle.hpp"
#include "liftwell/families/estimator.hpp"

namespace liftwell {

/// Values at the centres of the cells of a grid, and in between the piecewise cubic of Keys (IEEE Trans. Acoust. 29,
/// 1153 (1981), a = −1/2), along each variable in turn: it passes through the values, is exact for parabolas, and has a
/// continuous gradient. Around a circle the grid is closed. Beyond the outermost centres of a line the function is
/// constant, and it meets that constant with slope 0.
class GridFunction {
 public:
  /// Zero at first. The grid must be one that `misfit` accepts.
  GridFunction(Grid grid, const CoarseMap& coarse);

  /// "" when a function of these variables can be kept on the grid, else what is wrong with it.
  [[nodiscard]] static std::string misfit(const Grid& grid, const CoarseMap& coarse);

  [[nodiscard]] const Grid& grid() const { return grid_; }
  /// One per cell; the last variable varies fastest.
  [[nodiscard]] const Vector& values() const { return values_; }
  void set_values(const Vector& values);

  /// The function at one place (coarse numbers); its derivatives go to `derivative` unless that is null.
  [[nodiscard]] double at(const double* xi, double* derivative = nullptr) const;
  /// As above for each lane of `xi` (coarse x lanes); derivatives are skipped when `derivative` has no rows.
  void evaluate(ConstBlock xi, double* value, Block derivative) const;
  /// Largest second derivative along each variable, at least 0. The pieces at the ends of a line are left out: there it
  /// bends within one cell to the constant beyond, which is no property of the values.
  [[nodiscard]] Vector largest_curvature() const;

 private:
  static constexpr std::size_t most_variables = 2;
  static constexpr std::size_t reach = 4;

  /// The four cells along one variable that a value depends on, and how.
  struct Stencil {
    std::array<Index, reach> cell;
    std::array<double, reach> weight, slope;
  };
  [[nodiscard]] Stencil stencil(std::size_t variable, double value) const;

  Grid grid_;
  Vector values_;
  std::vector<double> period_;  ///< 0 on a line
};

}  // namespace liftwell
