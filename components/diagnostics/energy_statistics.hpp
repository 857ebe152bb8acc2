// SPDX-License-Identifier: MIT
// Energy distance of two samples and its permutation test.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// E = 2 E|X − Y| − E|X − X'| − E|Y − Y'| with Euclidean |·| and the means over all pairs, those of a
/// state with itself included (V-statistic; Székely and Rizzo, J. Stat. Plan. Inference 143, 1249
/// (2013)). E ≥ 0, and 0 only for equal samples; no square root is taken. Its permutation law comes
/// from exchanging states between the samples.
class EnergyTest {
 public:
  /// Rows are states, columns standardised coordinates.
  EnergyTest(const Matrix& x, const Matrix& y) : n_(x.rows()), m_(y.rows()), distances_(n_ + m_, n_ + m_) {
    Matrix all(n_ + m_, x.cols());
    all << x, y;
    for (Index i = 0; i < all.rows(); ++i)
      for (Index j = 0; j <= i; ++j)
        distances_(i, j) = distances_(j, i) = static_cast<float>((all.row(i) - all.row(j)).norm());
  }

  [[nodiscard]] double distance() const {
    std::vector<Index> order(static_cast<std::size_t>(n_ + m_));
    std::iota(order.begin(), order.end(), Index{0});
    return form(contrast({order})).front();
  }

  struct Result {
    double p_value = 1;          ///< (1 + permutations with at least this distance)/(1 + permutations)
    double mean_under_null = 0;  ///< of the permuted distances
  };
  [[nodiscard]] Result permute(Index permutations, RandomSequence random) const {
    std::vector<Index> order(static_cast<std::size_t>(n_ + m_));
    std::iota(order.begin(), order.end(), Index{0});
    std::vector<std::vector<Index>> orders(static_cast<std::size_t>(permutations) + 1, order);
    for (Index p = 1; p <= permutations; ++p) {
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
      orders[static_cast<std::size_t>(p)] = order;
    }
    // The given order goes through the same sums, so that ties are ties.
    const std::vector<double> values = form(contrast(orders));
    Result out;
    double reached = 0;
    for (std::size_t p = 1; p < values.size(); ++p) {
      reached += values[p] >= values[0];
      out.mean_under_null += values[p] / static_cast<double>(permutations);
    }
    out.p_value = (1 + reached) / static_cast<double>(permutations + 1);
    return out;
  }

 private:
  /// Column p holds 1/n for the first n states of order p and −1/m for the others: E = −vᵀ D v.
  [[nodiscard]] FloatMatrix contrast(const std::vector<std::vector<Index>>& orders) const {
    FloatMatrix v(n_ + m_, static_cast<Index>(orders.size()));
    for (std::size_t p = 0; p < orders.size(); ++p)
      for (std::size_t i = 0; i < orders[p].size(); ++i)
        v(orders[p][i], static_cast<Index>(p)) =
            static_cast<Index>(i) < n_ ? 1 / static_cast<float>(n_) : -1 / static_cast<float>(m_);
    return v;
  }

  [[nodiscard]] std::vector<double> form(const FloatMatrix& v) const {
    constexpr Index rows = 128;  // short sums keep single precision accurate
    std::vector<double> out(static_cast<std::size_t>(v.cols()), 0.0);
    FloatMatrix product;
    for (Index a = 0; a < v.rows(); a += rows)
      for (Index b = 0; b < v.rows(); b += rows) {
        const Index height = std::min(rows, v.rows() - a), width = std::min(rows, v.rows() - b);
        product.noalias() = distances_.block(a, b, height, width) * v.middleRows(b, width);
        for (Index p = 0; p < v.cols(); ++p)
          out[static_cast<std::size_t>(p)] -=
              (product.col(p).cast<double>().array() * v.col(p).segment(a, height).cast<double>().array()).sum();
      }
    return out;
  }

  Index n_, m_;
  FloatMatrix distances_;
};

}  // namespace liftwell
