// SPDX-License-Identifier: MIT
// Where windows go next: a choice of coarse values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/ensemble.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/families/coarse_map.hpp"

namespace liftwell {

/// Chooses coarse values.
class TargetPolicy {
 public:
  static FamilyInfo family() { return {"target_policy", "target_policies", "Which coarse values to go to next.", ""}; }
  virtual ~TargetPolicy() = default;

  [[nodiscard]] virtual const CoarseMap& coarse() const = 0;
  /// True when propose() reads earlier frames.
  [[nodiscard]] virtual bool needs_data() const { return false; }
  /// Rows of `values` in a stable order; equal choices in different cycles are equal to the last bit.
  /// Throws InputError when it needs data and there are none.
  [[nodiscard]] virtual Targets propose(const std::vector<std::shared_ptr<const Ensemble>>& data) const = 0;
};

}  // namespace liftwell
