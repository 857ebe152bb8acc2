// SPDX-License-Identifier: MIT
// Distances between two samples, and the permutation test that they all share.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// Per pooled state: 1 where it belongs to the first sample, 0 where to the second.
using Division = std::vector<std::uint8_t>;

[[nodiscard]] Division leading(Index first, Index all);  ///< the first `first` states of `all`

/// A pooled sample and a distance of its two parts as a function of the division: what does not
/// depend on the division is computed once.
class PooledSample {
 public:
  virtual ~PooledSample() = default;
  /// parts x divisions.
  [[nodiscard]] virtual Matrix distances(const std::vector<Division>& divisions) const = 0;
};

/// A distance between two samples, or several, one per coordinate. Rows are states, columns
/// standardised coordinates.
class SampleDistance {
 public:
  virtual ~SampleDistance() = default;
  [[nodiscard]] virtual std::unique_ptr<PooledSample> pool(const Matrix& states) const = 0;
  [[nodiscard]] virtual Vector between(const Matrix& x, const Matrix& y) const;
  /// Most states of either sample in a permutation test.
  [[nodiscard]] virtual Index permutation_limit() const { return std::numeric_limits<Index>::max(); }
};

[[nodiscard]] Matrix stacked(const Matrix& x, const Matrix& y);

struct PermutationTest {
  Vector p_value;   ///< (1 + permutations with at least this distance)/(1 + permutations)
  Matrix permuted;  ///< parts x permutations: distances of random divisions
};

/// Exchanges the `first` first states of `pooled` with the others, `permutations` times. Under
/// equality of both laws a p-value is uniform on 1/(1 + permutations), 2/(1 + permutations), …, 1
/// (distances with ties: stochastically larger).
[[nodiscard]] PermutationTest permutation_test(const PooledSample& pooled, Index first, Index all, Index permutations,
                                               RandomSequence random);

}  // namespace liftwell
