// SPDX-License-Identifier: MIT
#include "label_basis.hpp"

#include <algorithm>
#include <cmath>

namespace liftwell {

LabelBasis::LabelBasis(Matrix range, Vector period, Index per_label)
    : range_(std::move(range)), period_(std::move(period)), per_label_(std::max<Index>(4, per_label)) {
  size_ = range_.rows() == 1 ? per_label_ : range_.rows() == 2 ? per_label_ * per_label_ : 1;
}

LabelBasis::Cell LabelBasis::cell(Index k, double label) const {
  const bool wraps = period_[k] > 0;
  // A range of n cells carries n + 3 splines, a circle as many as it has cells.
  const Index cells = wraps ? per_label_ : per_label_ - 3;
  const double low = range_(k, 0);
  const double width = wraps ? period_[k] : range_(k, 1) - low;
  double place = width > 0 ? (label - low) / width * static_cast<double>(cells) : 0.0;
  place = wraps ? place - std::floor(place / static_cast<double>(cells)) * static_cast<double>(cells)
                : std::clamp(place, 0.0, static_cast<double>(cells));
  const Index first = std::min(static_cast<Index>(place), cells - 1);
  const double u = place - static_cast<double>(first);
  const double v = 1 - u;
  return {first,
          {v * v * v / 6, (3 * u * u * u - 6 * u * u + 4) / 6, (3 * v * v * v - 6 * v * v + 4) / 6, u * u * u / 6}};
}

void LabelBasis::evaluate(const double* label, Values& out) const {
  out.clear();
  if (size_ == 1) {
    out.add(0, 1.0);
    return;
  }
  const auto index = [&](Index k, Index first, int i) {
    const Index at = first + i;
    return period_[k] > 0 ? at % per_label_ : at;
  };
  const Cell a = cell(0, label[0]);
  if (range_.rows() == 1) {
    for (int i = 0; i < 4; ++i) out.add(index(0, a.first, i), a.values[i]);
    return;
  }
  const Cell b = cell(1, label[1]);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      out.add(index(0, a.first, i) * per_label_ + index(1, b.first, j), a.values[i] * b.values[j]);
}

}  // namespace liftwell
