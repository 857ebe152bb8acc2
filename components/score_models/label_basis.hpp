// SPDX-License-Identifier: MIT
// Smooth functions of the coarse values, for means and widths that follow them.
#pragma once

#include <array>
#include <utility>

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

  /// The functions that do not vanish at a label, with their values; without memory of its own, because
  /// training asks for one at every example.
  class Values {
   public:
    void clear() { count_ = 0; }
    void add(Index function, double value) { entries_[count_++] = {function, value}; }
    [[nodiscard]] const std::pair<Index, double>* begin() const { return entries_.data(); }
    [[nodiscard]] const std::pair<Index, double>* end() const { return entries_.data() + count_; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] const std::pair<Index, double>& operator[](std::size_t i) const { return entries_[i]; }

   private:
    std::array<std::pair<Index, double>, 16> entries_;  ///< four of one label, times four of another
    std::size_t count_ = 0;
  };
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
