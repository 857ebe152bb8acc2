// SPDX-License-Identifier: MIT
// Energy distance of two samples in several dimensions, from the distances of all pairs.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "sample_distance.hpp"

namespace liftwell {

/// Mean Euclidean distance of all pairs (x_i, y_j), in O(n m d) time and no memory to speak of.
/// Distances are in single precision (relative error 1e-7), their sums in double.
class MeanDistance {
 public:
  [[nodiscard]] static double between(const Matrix& x, const Matrix& y) {
    return sum(x.cast<float>(), y.cast<float>(), false) / static_cast<double>(x.rows() * y.rows());
  }
  /// Pairs of a state with itself count, with distance 0.
  [[nodiscard]] static double within(const Matrix& x) {
    const Columns states = x.cast<float>();
    return 2 * sum(states, states, true) / static_cast<double>(x.rows() * x.rows());
  }

 private:
  using Columns = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic>;  // coordinate by coordinate: vectors of states

  static double sum(const Columns& x, const Columns& y, bool later_only) {
    constexpr Index most = 512;  // a block of y stays in the cache, and sums in single precision stay short
    Eigen::ArrayXf squares(most);
    double total = 0;
    for (Index first = 0; first < y.rows(); first += most)
      for (Index i = 0; i < x.rows(); ++i) {
        const Index from = later_only ? std::max(first, i + 1) : first;
        const Index count = std::min(first + most, y.rows()) - from;
        if (count <= 0) break;
        auto square = squares.head(count);
        square = (y.col(0).segment(from, count) - x(i, 0)).square();
        for (Index c = 1; c < x.cols(); ++c) square += (y.col(c).segment(from, count) - x(i, c)).square();
        total += static_cast<double>(square.sqrt().sum());
      }
    return total;
  }
};

/// E = 2 E|X − Y| − E|X − X'| − E|Y − Y'| with Euclidean |·| and the means over all pairs, those of a
/// state with itself included (V-statistic; Székely and Rizzo, J. Stat. Plan. Inference 143, 1249
/// (2013)). E ≥ 0, and 0 only for equal samples; no square root is taken.
[[nodiscard]] inline double energy_distance(const Matrix& x, const Matrix& y) {
  return 2 * MeanDistance::between(x, y) - MeanDistance::within(x) - MeanDistance::within(y);
}

/// The same for many divisions of one pooled sample: keeps all distances, 4 bytes a pair.
class PairDistances final : public PooledSample {
 public:
  explicit PairDistances(const Matrix& states) : distances_(states.rows(), states.rows()) {
    for (Index i = 0; i < states.rows(); ++i)
      for (Index j = 0; j <= i; ++j)
        distances_(i, j) = distances_(j, i) = static_cast<float>((states.row(i) - states.row(j)).norm());
  }

  /// E = −vᵀ D v with v = 1/n on the first sample and −1/m on the second.
  [[nodiscard]] Matrix distances(const std::vector<Division>& divisions) const override {
    FloatMatrix v(distances_.rows(), static_cast<Index>(divisions.size()));
    for (std::size_t p = 0; p < divisions.size(); ++p) {
      const auto first = static_cast<float>(std::count(divisions[p].begin(), divisions[p].end(), std::uint8_t{1}));
      const float second = static_cast<float>(divisions[p].size()) - first;
      for (std::size_t i = 0; i < divisions[p].size(); ++i)
        v(static_cast<Index>(i), static_cast<Index>(p)) = divisions[p][i] != 0 ? 1 / first : -1 / second;
    }
    constexpr Index most = 128;  // short sums keep single precision accurate
    Matrix out = Matrix::Zero(1, v.cols());
    FloatMatrix product;
    for (Index a = 0; a < v.rows(); a += most)
      for (Index b = 0; b < v.rows(); b += most) {
        const Index height = std::min(most, v.rows() - a), width = std::min(most, v.rows() - b);
        product.noalias() = distances_.block(a, b, height, width) * v.middleRows(b, width);
        out -=
            (product.cast<double>().array() * v.middleRows(a, height).cast<double>().array()).colwise().sum().matrix();
      }
    return out;
  }

 private:
  FloatMatrix distances_;
};

}  // namespace liftwell
