// SPDX-License-Identifier: MIT
// Where the next simulations begin: states proposed for each target.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/ensemble.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/execution/executor.hpp"
#include "liftwell/families/system.hpp"

namespace liftwell {

/// States proposed for one target, best first, each with the words that say where it came from.
struct StartCandidates {
  Matrix states;  ///< candidates x dimension
  std::vector<std::string> origin;
  std::int64_t force_evaluations = 0;  ///< what making them cost
  Vector log_weights;  ///< ln(exact density / density of what drew them), up to a factor for all; empty when not known
};

/// What a policy may look at. Pointers are null where the workflow gives nothing.
struct StartRequest {
  const System& system;
  const CoarseMap* coarse = nullptr;  ///< variables of the targets
  const Targets* targets = nullptr;   ///< null: starts that belong to no target
  Index per_target = 1;               ///< how many accepted starts are wanted
  std::vector<std::shared_ptr<const Ensemble>> data;
  const Draws* draws = nullptr;
  RandomStream stream;
  const Executor& executor;
};

/// Where the next simulations begin.
class StartPolicy {
 public:
  static FamilyInfo family() { return {"start_policy", "start_policies", "Where the next simulations begin.", ""}; }
  virtual ~StartPolicy() = default;

  [[nodiscard]] virtual bool needs_data() const { return false; }
  [[nodiscard]] virtual bool needs_draws() const { return false; }
  /// Whether it begins from the system's own structure.
  [[nodiscard]] virtual bool needs_structure() const { return false; }
  /// "" when it works for states of this dimension, else what is wrong.
  [[nodiscard]] virtual std::string misfit(Index /*dimension*/) const { return {}; }

  /// The same for this system: the states it was given, and whether it can be moved as the policy moves it.
  [[nodiscard]] virtual std::string misfit(const System& system) const { return misfit(system.dimension()); }

  /// Candidates for every target (or one list when there are no targets), best first; there may be
  /// more than per_target, and fewer or none where the policy has nothing to offer.
  [[nodiscard]] virtual std::vector<StartCandidates> propose(const StartRequest& request) const = 0;
};

}  // namespace liftwell
