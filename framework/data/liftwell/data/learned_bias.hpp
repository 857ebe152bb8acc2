// SPDX-License-Identifier: MIT
// What an adaptive bias leaves behind: the artifact type "learned_bias".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// A bias that was learned by groups of walkers, each group for itself, and is now fixed.
struct LearnedBias {
  static constexpr const char* type_name = "learned_bias";
  std::string method;               ///< the component that learned it, "opes"
  std::vector<std::string> coarse;  ///< names of its coarse variables
  Vector low, high;                 ///< of its grid, per coarse variable
  std::vector<Index> bins;          ///< per coarse variable
  std::string bias;                 ///< resolved configuration of the bias to simulate under, YAML text
  Vector energies;                  ///< its values, per cell; the last variable varies fastest
  Matrix group_energies;            ///< groups x cells: what each group had learned
  Matrix free_energies;             ///< groups x cells: the F that each group implies; NaN where it saw nothing
  double thermal_energy = 0;        ///< kT, energy units
  std::string system;               ///< resolved configuration of the system, YAML text
  std::int64_t force_evaluations = 0;
  std::vector<std::string> notes;
};

}  // namespace liftwell
