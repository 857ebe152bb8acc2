// SPDX-License-Identifier: MIT
// Smooth functions of the coarse values, for means and widths that follow them.
#pragma once

#include <utility>
#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// Uniform cubic B-splines on the range of each label (de Boor, A Practical Guide to Splines, chapter
/// IX), wrapped where a label is periodic: `per_label` of them for one label, their products for two,
/// the constant 1 for more, where products would outnumber the data. They are positive and add up to 1;
/// outside the range they stay at its edge.
class LabelBasis {
 public:
  LabelBasis() = default;
  /// `range` is labels x 2; `period` has 0 for labels that are not periodic.
  LabelBasis(Matrix range, Vector period, Index per_label);

  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] Index per_label() const { return per_label_; }

  /// The functions that do not vanish at `label`, with their values.
  using Values = std::vector<std::pair<Index, double>>;
  void evaluate(const double* label, Values& out) const;

 private:
  /// Place of a label in cells of the spline, the first of its four functions, and their values.
  struct Cell {
    Index first;
    double values[4];
  };
  [[nodiscard]] Cell cell(Index k, double label) const;

  Matrix range_;
  Vector period_;
  Index per_label_ = 1;
  Index size_ = 1;
};

}  // namespace liftwell
