// SPDX-License-Identifier: MIT
// Named differences of free energy between two regions of the coarse space.
#pragma once

#include <string>

#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/estimator.hpp"

namespace liftwell {

/// F(of) − F(against), stated by two regions.
class Difference {
 public:
  static FamilyInfo family() {
    return {"difference", "differences", "A free-energy difference between two regions.", "intervals"};
  }
  virtual ~Difference() = default;

  /// The regions under the user's `name`, on the variables of the profile. Throws InputError when
  /// the variable is not among them.
  [[nodiscard]] virtual RegionPair regions(const std::string& name, const CoarseMap& coarse) const = 0;
};

}  // namespace liftwell
