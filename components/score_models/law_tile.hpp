// SPDX-License-Identifier: MIT
// Tiles of models whose labels have laws with a closed score: each row asks the law of its label.
#pragma once

#include <utility>
#include <vector>

#include "tiled_score_model.hpp"

namespace liftwell {

/// `Law` has evaluate(y, r, point), which leaves the score of y = x_t/alpha at noise level r in point.score, and
/// along(point, direction, out), its derivative there. One law serves all rows of the same label.
template <class Base, class Law>
class LawTile : public Base {
 public:
  void score(const Matrix& x, const Times& t, Matrix& score) const final {
    score.resize(x.rows(), x.cols());
    for (Index i = 0; i < x.rows(); ++i) {
      const double alpha = evaluate(x, t[i], i);
      score.row(i) = point_.score.transpose() / alpha;
    }
  }
  void score_along(const Matrix& x, const Times& t, const std::vector<Matrix>& directions, Matrix& score,
                   std::vector<Matrix>& along) const final {
    score.resize(x.rows(), x.cols());
    along.resize(directions.size());
    for (Matrix& derivative : along) derivative.resize(x.rows(), x.cols());
    for (Index i = 0; i < x.rows(); ++i) {
      const double alpha = evaluate(x, t[i], i);
      score.row(i) = point_.score.transpose() / alpha;
      for (std::size_t d = 0; d < directions.size(); ++d) {
        law(i).along(point_, directions[d].row(i).transpose(), derivative_);
        along[d].row(i) = derivative_.transpose() / (alpha * alpha);
      }
    }
  }

 protected:
  /// `make_law(label)` is called once for each different label; `base` goes to the base class.
  template <class MakeLaw, class... Rest>
  LawTile(const NoiseProcess& noise, const Matrix& labels, const MakeLaw& make_law, Rest&&... base)
      : Base(std::forward<Rest>(base)...), noise_(noise), distinct_(distinct_rows(labels)) {
    for (Index i = 0; i < distinct_.rows.rows(); ++i) laws_.push_back(make_law(distinct_.rows.row(i).transpose()));
  }

  [[nodiscard]] Index rows() const { return static_cast<Index>(distinct_.of.size()); }
  [[nodiscard]] const Law& law(Index row) const {
    return laws_[static_cast<std::size_t>(distinct_.of[static_cast<std::size_t>(row)])];
  }

 private:
  /// Leaves the score of y in point_; returns alpha.
  double evaluate(const Matrix& x, double t, Index row) const {
    const double alpha = noise_.alpha(t);
    law(row).evaluate(x.row(row).transpose() / alpha, noise_.noise_level(t), point_);
    return alpha;
  }

  const NoiseProcess& noise_;
  DistinctRows distinct_;
  std::vector<Law> laws_;
  mutable typename Law::Point point_;
  mutable Vector derivative_;
};

}  // namespace liftwell
