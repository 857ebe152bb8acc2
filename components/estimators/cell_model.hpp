// SPDX-License-Identifier: MIT
// What dTRAM, TRAM and Markov models estimate from: counts and samples by state and cell.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "profile.hpp"
#include "saddle_terms.hpp"
#include "smooth_bootstrap.hpp"
#include "transitions.hpp"

namespace liftwell {

/// A cell as one state sees it.
struct CellNode {
  Index state = 0, cell = 0;
  double bias = 0;  ///< −ln ⟨exp(−u)⟩ over frames of the cell, u the state's reduced bias energy
};

/// Added to c^k_ii of every node. Where a walker never stayed, the constraint of a row of the transition matrix may
/// be slack and its multiplier zero; a hundredth of a transition keeps it above, far below statistical errors.
inline constexpr double self_count = 0.01;

/// The transitions of one state between its nodes.
struct StateTransitions {
  struct Entry {
    Index pair, from, block;
    double count;
  };
  Index state = 0;
  std::vector<Index> nodes;      ///< of its cells, in local order
  std::vector<PairCount> pairs;  ///< in local order; the counts are not used
  std::vector<Entry> entries;

  /// Counts and totals with a weight for each block; unknowns are left to the caller.
  [[nodiscard]] std::unique_ptr<CountTerm> term(const Vector& block_weights) const;
};

/// One connected set of cells. Cells and nodes are numbered anew, without those left out.
class CellModel {
 public:
  CellModel(const SampledFrames& frames, const Cells& cells, const Connectivity& connectivity, double thermal_energy,
            Index set = 0);

  [[nodiscard]] const SampledFrames& frames() const { return frames_; }
  [[nodiscard]] Index cells() const { return static_cast<Index>(samples_.size()); }
  [[nodiscard]] const std::vector<CellNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<StateTransitions>& transitions() const { return transitions_; }
  [[nodiscard]] const std::vector<Index>& samples(Index cell) const { return samples_[static_cast<std::size_t>(cell)]; }
  [[nodiscard]] const std::vector<Index>& nodes_of(Index cell) const {
    return nodes_of_[static_cast<std::size_t>(cell)];
  }
  [[nodiscard]] double thermal_energy() const { return thermal_energy_; }

  /// Weight of every sample: that of its block.
  [[nodiscard]] double weight(Index sample, const Vector& block_weights) const {
    return block_weights[frames_.block[static_cast<std::size_t>(sample)]];
  }

 private:
  void find_biases();

  const SampledFrames& frames_;
  double thermal_energy_;
  std::vector<std::vector<Index>> samples_;   ///< per cell
  std::vector<std::vector<Index>> nodes_of_;  ///< per cell
  std::vector<CellNode> nodes_;
  std::vector<StateTransitions> transitions_;
};

/// Which rows of the profile's sums hold so many frames outside `set` that they are not answered: a twentieth of a
/// bin's, a tenth of a region's.
std::vector<char> unanswered_rows(const SampledFrames& frames, const Cells& cells, const Connectivity& connectivity,
                                  const ProfileSums& layout, Index set = 0);

/// Sums of the profile over the samples of the model, each of relative weight sample_weights[n] × its block's.
Vector weighed_sums(const CellModel& model, const ProfileSums& layout, const Vector& sample_weights,
                    const Vector& block_weights);

}  // namespace liftwell
