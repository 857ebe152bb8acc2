// SPDX-License-Identifier: MIT
// Walkers that share a bias and teach it: the state of such a run, and the bias of all its groups as one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "liftwell/execution/executor.hpp"
#include "liftwell/families/adaptive_bias.hpp"
#include "liftwell/families/grid_function.hpp"
#include "liftwell/registry/configured.hpp"
#include "liftwell/store/trajectory.hpp"

namespace liftwell {

/// The biases that groups of walkers have learned, acting at once: what stands in for the centre of a walker's bias is
/// the number of its group.
class GroupedBias final : public Bias {
 public:
  GroupedBias(const AdaptiveBias& adaptive, Index groups);

  /// Takes over what every group has learned by now.
  void set(const std::vector<LearningState>& learned, double thermal_energy);
  /// The "centres" of walkers 0, 1, 2, …: walker w is in group w mod groups (walkers x coarse).
  [[nodiscard]] Matrix groups_of(Index walkers) const;

  [[nodiscard]] const CoarseMap& coarse() const override { return adaptive_.coarse(); }
  void evaluate(ConstBlock xi, ConstBlock group, double* energy, Block derivative) const override;
  [[nodiscard]] Vector sigma(double thermal_energy) const override;
  [[nodiscard]] bool centred() const override { return false; }
  /// The largest of any group.
  [[nodiscard]] Vector stiffness() const override;

 private:
  const AdaptiveBias& adaptive_;
  std::vector<GridFunction> energies_;  ///< per group
};

/// All that an interrupted run needs to go on, to the last bit.
struct Learning {
  WalkerStates states;
  std::vector<LearningState> groups;
  Index deposits = 0;
  Index outside = 0;  ///< deposits of walkers that were outside the grid

  [[nodiscard]] static bool saved(const std::filesystem::path& folder);
  [[nodiscard]] static Learning load(const std::filesystem::path& folder);
  void save(const std::filesystem::path& folder) const;
  /// Removes what was saved: the artifact is complete without it.
  static void forget(const std::filesystem::path& folder);
};

/// Each group learns from where its walkers are, dropped ones left out.
void learn(const AdaptiveBias& adaptive, double thermal_energy, Learning& learning, const Executor& executor);

/// The bias `tabulated` with these values on this grid, on the variables ("on") of an adaptive one.
[[nodiscard]] Configured static_bias(const Configured& adaptive, const Grid& grid, const Vector& energies);

}  // namespace liftwell
