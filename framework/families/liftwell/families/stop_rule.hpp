// SPDX-License-Identifier: MIT
// The end of the cycle: a rule reads artifacts of this cycle, and of the one before, and says whether enough
// is known.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/results.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// One artifact that a rule reads, as it stands after this cycle. Exactly one of the first three is set.
struct StopEvidence {
  std::shared_ptr<const FreeEnergy> free_energy;
  std::shared_ptr<const Findings> findings;
  std::shared_ptr<const Targets> targets;
  /// The same stage's artifact after the cycle before, read from disk like this one; null in the first cycle.
  std::shared_ptr<const StopEvidence> previous = nullptr;
};

/// Stage name -> what it wrote in this cycle.
using StopEvidences = std::map<std::string, StopEvidence>;

struct StopVerdict {
  bool stop = false;
  std::string reason;  ///< "standard error of basins is 0.28, not above 0.3"
  std::string rule;    ///< of a rule that combines others: those of them that hold; "" where the rule itself is meant
};

/// A result that a rule reads of a stage by its name.
struct NamedResult {
  StageReference of;
  std::string name;  ///< of a free-energy difference, or of a finding ("mixing.unmixed_windows")
};

/// Ends the cycle when enough is known. Pure: what is judged is in the evidence alone, so a resumed
/// run decides as the first one did. What changed since the cycle before is judged by `previous`.
class StopRule {
 public:
  static FamilyInfo family() { return {"stop_rule", "stop_rules", "Ends the cycle when enough is known.", ""}; }
  virtual ~StopRule() = default;

  /// The stages it reads, each with the artifact type it wants and where the workflow names it.
  [[nodiscard]] virtual std::vector<StageReference> of() const = 0;
  /// What it looks for in them by name, so that a slip is found before anything runs.
  [[nodiscard]] virtual std::vector<NamedResult> named() const { return {}; }
  /// `evidence` holds every stage that of() names. Throws RunError when what is wanted is not in it.
  [[nodiscard]] virtual StopVerdict judge(const StopEvidences& evidence) const = 0;
};

}  // namespace liftwell
