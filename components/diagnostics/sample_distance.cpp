// SPDX-License-Identifier: MIT
#include "sample_distance.hpp"

#include <algorithm>

namespace liftwell {

Division leading(Index first, Index all) {
  Division out(static_cast<std::size_t>(all), 0);
  std::fill_n(out.begin(), first, std::uint8_t{1});
  return out;
}

Matrix stacked(const Matrix& x, const Matrix& y) {
  Matrix all(x.rows() + y.rows(), x.cols());
  all << x, y;
  return all;
}

Vector SampleDistance::between(const Matrix& x, const Matrix& y) const {
  return pool(stacked(x, y))->distances({leading(x.rows(), x.rows() + y.rows())}).col(0);
}

PermutationTest permutation_test(const PooledSample& pooled, Index first, Index all, Index permutations,
                                 RandomSequence random) {
  // The given division goes through the same sums as the others, so that ties are ties.
  std::vector<Division> divisions(static_cast<std::size_t>(permutations) + 1, leading(first, all));
  for (std::size_t p = 1; p < divisions.size(); ++p) {
    divisions[p] = divisions[p - 1];
    for (std::size_t i = divisions[p].size(); i > 1; --i) std::swap(divisions[p][i - 1], divisions[p][random.below(i)]);
  }
  const Matrix values = pooled.distances(divisions);
  PermutationTest out{Vector(values.rows()), values.rightCols(permutations)};
  for (Index c = 0; c < values.rows(); ++c)
    out.p_value[c] = static_cast<double>(1 + (out.permuted.row(c).array() >= values(c, 0)).count()) /
                     static_cast<double>(permutations + 1);
  return out;
}

}  // namespace liftwell
