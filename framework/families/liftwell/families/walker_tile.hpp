// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "liftwell/data/block.hpp"

namespace liftwell {

/// Consecutive walkers first_walker … first_walker + lanes − 1. Lanes past the last real walker are
/// padding and hold valid but meaningless states. `velocity` has no rows for overdamped dynamics.
struct WalkerTile {
  Block position;
  Block velocity;
  std::uint32_t first_walker = 0;
  Block accepted;     ///< one row: how many proposals of each walker were accepted so far; no row: nobody asks
  Index walkers = 0;  ///< lanes that are real walkers, the first ones; 0: all. Who pays by the walker skips the others
};

}  // namespace liftwell
