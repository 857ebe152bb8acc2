// SPDX-License-Identifier: MIT
// Simulated frames walker by walker, and which of them are independent.
#pragma once

#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// States of one walker as they come; where they become more than twice `most`, every second is forgotten and from then
/// on left out.
class EvenlyKept {
 public:
  explicit EvenlyKept(std::size_t most) : most_(most) {}
  void add(const float* state, Index dimension);
  [[nodiscard]] const std::vector<float>& numbers() const { return numbers_; }

 private:
  std::size_t most_, seen_ = 0, every_ = 1;
  std::vector<float> numbers_;  ///< state by state
};

/// The frames of several walkers, one walker after the other, each in the order of time.
class FramesOfWalkers {
 public:
  explicit FramesOfWalkers(Index dimension) : states(0, dimension) {}
  void add(const EvenlyKept& walker);
  void finish();  ///< after the last walker

  Matrix states;  ///< frames x coordinates

  /// How many frames of a walker have to be between two of which coordinate c is independent: 2 τ − 1 with
  /// τ = 1 + 2 Σ ρ_t (chain_statistics; walkers that disagree count as slow). At τ, where the spaced frames are as many
  /// as the effective number of values, neighbours still have a correlation of up to e⁻² = 0.14; at 2 τ − 1 it is at
  /// most 0.04. Without four frames of any walker the frames of a walker count as one.
  [[nodiscard]] double spacing(Index c) const;
  [[nodiscard]] double slowest() const;  ///< the largest spacing of all coordinates that vary

  /// Rows of `states` that are `spacing` apart within each walker, from a random one on; at least one of each walker.
  [[nodiscard]] std::vector<Index> independent(double spacing, RandomSequence random) const;

 private:
  std::vector<std::vector<float>> gathered_;
  std::vector<Index> lengths_;  ///< frames of each walker
};

}  // namespace liftwell
