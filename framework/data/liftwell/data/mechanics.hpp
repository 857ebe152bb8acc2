// SPDX-License-Identifier: MIT
// What the law of constrained dynamics depends on beside the energy.
#pragma once

#include <string>
#include <vector>

#include "liftwell/data/topology.hpp"

namespace liftwell {

struct Mechanics {
  std::vector<Bond> fixed;  ///< pairs of atoms whose distance never changes
  Vector masses;            ///< Da, one for each atom, 0 for those that never move; empty where nothing is known
};

/// "" where what is `assumed` of the molecule holds in the `actual` one, or there is nothing to hold it against; else
/// the first difference: a distance that only one of them fixes or, where any is fixed, another mass. Masses of tables
/// differ by a part in a thousand.
[[nodiscard]] std::string mechanics_misfit(const Mechanics& assumed, const Mechanics& actual, const Topology& topology);

}  // namespace liftwell
