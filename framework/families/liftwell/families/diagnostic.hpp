// SPDX-License-Identifier: MIT
// Measures of convergence and consistency.
#pragma once

#include <memory>
#include <vector>

#include "liftwell/data/ensemble.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/execution/executor.hpp"
#include "liftwell/families/estimator.hpp"
#include "liftwell/families/reference.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/families/system.hpp"

namespace liftwell {

/// What a diagnostic may look at. Empty or null where the workflow gives nothing.
struct DiagnosticRequest {
  std::vector<BiasedEnsemble> data;
  const Draws* draws = nullptr;
  const Starts* starts = nullptr;
  const FreeEnergy* free_energy = nullptr;
  const System* system = nullptr;
  const CoarseMap* coarse = nullptr;
  RandomStream stream;
  const Executor& executor;
};

/// Convergence and consistency measures; a stop rule or a reader looks at them. (Not to be mistaken
/// for Diagnostic in base/, a finding about user input.)
class ConsistencyCheck {
 public:
  static FamilyInfo family() { return {"diagnostic", "diagnostics", "Convergence and consistency measures.", ""}; }
  virtual ~ConsistencyCheck() = default;
  [[nodiscard]] virtual bool needs_data() const { return false; }
  [[nodiscard]] virtual bool needs_draws() const { return false; }
  [[nodiscard]] virtual bool needs_system() const { return false; }
  [[nodiscard]] virtual bool needs_coarse() const { return false; }
  [[nodiscard]] virtual bool needs_free_energy() const { return false; }
  /// How many different stages `data` must name; 0: any number.
  [[nodiscard]] virtual Index data_stages() const { return 0; }
  /// "" when it can be applied to states of this dimension, else what is wrong.
  [[nodiscard]] virtual std::string misfit(Index /*dimension*/) const { return {}; }
  /// The same for states of this system, whose atoms must also be numbered as in the files of the check.
  [[nodiscard]] virtual std::string misfit(const System& system) const { return misfit(system.dimension()); }
  /// "" when what it compares with can be had for these coarse variables of this system, else what is wrong.
  [[nodiscard]] virtual std::string misfit(const System& /*system*/, const CoarseMap& /*coarse*/) const { return {}; }
  /// Keys of Findings.values begin with the check's name: "label_error.mean". Throws InputError when
  /// something it needs is missing.
  [[nodiscard]] virtual Findings evaluate(const DiagnosticRequest& request) const = 0;
};

}  // namespace liftwell
