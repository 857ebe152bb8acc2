// SPDX-License-Identifier: MIT
// Where all walkers of a simulation are, exactly: what it needs to go on.
#pragma once

#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

class Hdf5Reader;
class Hdf5Writer;

/// What became of the moves proposed to walkers so far; empty where there are none.
struct MoveCounts {
  std::vector<Index> accepted;  ///< models x walkers
  std::vector<Index> proposed;  ///< to each walker, by each model
  Index score_evaluations = 0;  ///< of all walkers
  /// Of ln p of the proposals of each model, by the steps of the sampler; measured at its first proposals.
  Vector density_error;
};

/// Exact state of all walkers between two steps.
struct WalkerStates {
  Matrix positions;   ///< walkers x dimension
  Matrix velocities;  ///< walkers x dimension, or empty
  Index steps_done = 0;
  std::vector<Index> dropped;
  MoveCounts moves;
  std::int64_t force_evaluations = 0;
  std::int64_t proposed = 0;  ///< steps that were proposals, of walkers that were not dropped
  std::int64_t accepted = 0;  ///< those of them that were accepted
};

void write_states(Hdf5Writer& file, const WalkerStates& states);
/// What write_states() wrote, to the last bit.
[[nodiscard]] WalkerStates read_states(const Hdf5Reader& file);

}  // namespace liftwell
