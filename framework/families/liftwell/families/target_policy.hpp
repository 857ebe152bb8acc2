// SPDX-License-Identifier: MIT
// Where windows go next: a choice of coarse values.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/ensemble.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/families/coarse_map.hpp"

namespace liftwell {

/// What a policy may look at.
struct TargetRequest {
  std::vector<std::shared_ptr<const Ensemble>> data;  ///< empty where the workflow gives none
  /// What the stages that of() names wrote, by the text of the reference ("profile@previous"). Missing where
  /// nothing was written yet, as in the first cycle.
  std::map<std::string, std::shared_ptr<const FreeEnergy>> free_energies = {};
};

/// Chooses coarse values.
class TargetPolicy {
 public:
  static FamilyInfo family() { return {"target_policy", "target_policies", "Which coarse values to go to next.", ""}; }
  virtual ~TargetPolicy() = default;

  [[nodiscard]] virtual const CoarseMap& coarse() const = 0;
  /// True when propose() reads earlier frames.
  [[nodiscard]] virtual bool needs_data() const { return false; }
  /// The free energies it reads, each with where the workflow names it.
  [[nodiscard]] virtual std::vector<StageReference> of() const { return {}; }
  /// False when it has nothing to propose in the first cycle of a loop, as the free energies it reads are those of the
  /// cycle before.
  [[nodiscard]] virtual bool can_begin() const { return true; }
  /// Rows of `values` in a stable order; equal choices in different cycles are equal to the last bit. No rows
  /// where it has nothing to propose (yet). Throws InputError when it needs data and there are none.
  [[nodiscard]] virtual Targets propose(const TargetRequest& request) const = 0;
};

}  // namespace liftwell
