// SPDX-License-Identifier: MIT
#include "affine_coarse.hpp"

#include <fmt/format.h>

#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/data/factorization.hpp"

namespace liftwell {

AffineCoarse affine_coarse(const CoarseMap& coarse, const Matrix& states, const char* refusal) {
  const Index d = states.cols();
  const Index k = coarse.size();
  BlockBuffer x(d, states.rows()), value(1, states.rows()), gradient(d, states.rows());
  for (Index lane = 0; lane < x.block().lanes(); ++lane)
    for (Index i = 0; i < d; ++i) x.block()(i, lane) = states(std::min(lane, states.rows() - 1), i);
  AffineCoarse out{Matrix(k, d), Vector(k)};
  for (Index v = 0; v < k; ++v) {
    coarse[v].evaluate(x.block(), value.block().data(), gradient.block());
    for (Index i = 0; i < d; ++i) out.slopes(v, i) = gradient.block()(i, 0);
    const double size = out.slopes.row(v).norm();
    for (Index lane = 0; lane < states.rows(); ++lane)
      for (Index i = 0; i < d; ++i)
        if (!(std::abs(gradient.block()(i, lane) - out.slopes(v, i)) <= 1e-9 * size) || size == 0)
          throw InputError(fmt::format("'{}' {}", coarse.names()[static_cast<std::size_t>(v)], refusal));
    out.offset[v] = value.block()(0, 0);
    for (Index i = 0; i < d; ++i) out.offset[v] -= out.slopes(v, i) * x.block()(i, 0);
  }
  return out;
}

Matrix smallest_with(const Matrix& slopes) {
  const Index k = slopes.rows();
  const SymmetricFactor gram(slopes * slopes.transpose());
  const Vector& pivots = gram.pivots();
  if (k > 0 && !(pivots.minCoeff() > 1e-12 * pivots.maxCoeff()))
    throw InputError(
        "the coarse variables of a score model are not independent; leave out those that follow from others");
  return slopes.transpose() * gram.solve(Matrix::Identity(k, k));
}

Matrix directions_left(const Matrix& slopes) {
  const Index d = slopes.cols();
  if (slopes.rows() == 0) return Matrix::Identity(d, d);
  // Coordinates that the slopes leave alone stay what they are.
  std::vector<Index> untouched;
  for (Index i = 0; i < d; ++i)
    if (slopes.col(i).isZero(0)) untouched.push_back(i);
  if (static_cast<Index>(untouched.size()) == d - slopes.rows()) return Matrix::Identity(d, d)(Eigen::all, untouched);
  return orthonormal_completion(slopes.transpose()).rightCols(d - slopes.rows());
}

}  // namespace liftwell
