// SPDX-License-Identifier: MIT
// The score that samplers integrate: s(x_t, t | z) for a tile of samples whose z is already bound.
#pragma once

#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// Times of a tile of samples: one for all, or one for each (where step sizes adapt to the sample).
class Times {
 public:
  Times(double shared) : shared_(shared) {}                // NOLINT: a number is a time
  Times(const Vector& each) : shared_(0), each_(&each) {}  // NOLINT: must outlive this object
  [[nodiscard]] bool shared() const { return each_ == nullptr; }
  [[nodiscard]] double operator[](Index sample) const { return shared() ? shared_ : (*each_)[sample]; }

 private:
  double shared_;
  const Vector* each_ = nullptr;
};

class ScoreField {
 public:
  virtual ~ScoreField() = default;

  /// Columns that are angles, in radians: the score does not change when one grows by 2 pi, and laws are laws on the
  /// circle.
  [[nodiscard]] virtual const std::vector<Index>& angles() const {
    static const std::vector<Index> none;
    return none;
  }

  /// `x` and `score` are samples x dimension, standardised. A sample's score depends on that sample only.
  virtual void score(const Matrix& x, const Times& t, Matrix& score) const = 0;

  /// Also along[i] = (ds/dx) directions[i], the derivative of each sample's score in a direction of its
  /// own: what divergences and likelihoods need.
  virtual void score_along(const Matrix& x, const Times& t, const std::vector<Matrix>& directions, Matrix& score,
                           std::vector<Matrix>& along) const = 0;
};

}  // namespace liftwell
