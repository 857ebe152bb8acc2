// SPDX-License-Identifier: MIT
// What a state must fulfil to be a start: the gate between generator and simulation.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/data/structure_check.hpp"
#include "liftwell/families/start_policy.hpp"

namespace liftwell {

/// What a state of a molecule must be like; nothing without a topology.
struct StructureAcceptance {
  std::filesystem::path topology;
  bool chirality = true;
  std::string omega = "as_given";
  double twist = StructureTolerances{}.twist;
  double bonds = StructureTolerances{}.bond;
  double angles = StructureTolerances{}.angle;
  double clash = StructureTolerances{}.clash;

  [[nodiscard]] bool wanted() const { return !topology.empty(); }
  /// Reads the topology. Throws InputError where it cannot serve.
  [[nodiscard]] StructureCheck rule() const;
  /// "" where states of `dimension` are those of the molecule, else what is wrong.
  [[nodiscard]] std::string misfit(Index dimension) const;
  void check(Problems& problems) const;
};

struct Acceptance {
  std::int64_t relax_steps = 0;
  bool metropolis = false;
  std::optional<double> coarse_tolerance;
  std::optional<double> energy_window;
  StructureAcceptance structure;
};
[[nodiscard]] Group<Acceptance> acceptance_parameters();

/// What became of the candidates for one target.
struct GateCounts {
  Index proposed = 0;                     ///< candidates looked at
  Index accepted = 0;                     ///< those that passed; proposed less all rejected
  std::map<std::string, Index> rejected;  ///< reason -> candidates
  std::int64_t force_evaluations = 0;     ///< what relaxing and judging cost
};

struct PassedStates {
  std::vector<Eigen::RowVectorXd> states;
  std::vector<std::string> origins;
};

/// Candidates of one target go through, in this order:
///  - `metropolis`: an independence Metropolis chain along the candidates in the order drawn, from the first one
///    on, with probability min{1, w'/w}, w = exact density / density of the generator as the draws carry it
///    (Tierney, Ann. Stat. 22, 1701 (1994)); a refused candidate ("Metropolis") leaves the one before in its place.
///    States at even distances along the chain go on, so that starts have the window's law however the generator
///    weighs branches. Candidates without weights, such as those of a fallback, are not judged by it.
///  - `relax_steps`: dynamics of the system under the window's bias, which keeps that law. A state that leaves the
///    finite range is rejected ("relaxation").
///  - "chirality", "omega", "bond length", "bond angle", "clash" (StructureCheck), "coarse value" and "energy", judged
///  in
///    this order after relaxing; without relaxing, as part of the chain.
/// States that are not finite are rejected before all ("not finite"). `relaxed` and `decisions` are streams of the
/// target, and results depend on nothing else.
class StartGate {
 public:
  StartGate(const Acceptance& accept, const System& system, const Bias* bias);

  /// At most `wanted` states; counts are added to `counts`. `target` is null for starts that belong to none.
  [[nodiscard]] PassedStates pass(const StartCandidates& candidates, const Vector* target, Index wanted,
                                  const RandomStream& stream, GateCounts& counts) const;

 private:
  [[nodiscard]] std::vector<std::string> faults(const Matrix& states, const Vector* target, GateCounts& counts) const;
  [[nodiscard]] Vector energies(const Matrix& states) const;
  void relax(Matrix& states, std::vector<std::string>& reasons, const Vector* target, Index wanted,
             const RandomStream& stream, GateCounts& counts) const;
  Index judge_relaxed(const Matrix& states, const Vector* target, std::string* reasons, GateCounts& counts) const;

  const Acceptance& accept_;
  const System& system_;
  const Bias* bias_;
  Vector sigma_;
  std::optional<StructureCheck> structure_;
};

}  // namespace liftwell
