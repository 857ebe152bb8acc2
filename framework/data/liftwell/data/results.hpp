// SPDX-License-Identifier: MIT
// Value types that stages hand to each other. Each is an artifact type; the store writes them.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/data/table.hpp"

namespace liftwell {

/// Coarse values at which to draw or simulate, rows x coarse.
struct Targets {
  static constexpr const char* type_name = "targets";
  std::vector<std::string> coarse;
  Matrix values;
  std::string note;        ///< one line for the reader: "range 0.4 to 0.9 visited, 2 beyond its edge"
  bool exhausted = false;  ///< nothing lies beyond what was visited any more
};

/// States drawn from a score model.
struct Draws {
  static constexpr const char* type_name = "draws";
  std::vector<std::string> coarse;
  Matrix targets;             ///< targets x coarse
  std::vector<Index> target;  ///< per state: row of `targets`
  FloatMatrix states;         ///< states x dimension
  Vector log_weights;         ///< per state: ln(exact density / model density), up to a factor for each
                              ///< target; empty where nothing was weighed
};

/// States from which walkers start.
struct Starts {
  static constexpr const char* type_name = "starts";
  std::vector<std::string> coarse;
  Matrix targets;                   ///< targets x coarse; empty when the starts belong to no target
  std::vector<Index> target;        ///< per start: row of `targets`
  Matrix states;                    ///< starts x dimension
  std::vector<std::string> origin;  ///< per start: "single_structure", "windows cycle 2 walker 5 frame 310", …
  std::vector<Index> proposed;      ///< per target
  std::vector<Index> accepted;      ///< per target
  std::vector<std::map<std::string, Index>> rejected;  ///< per target: reason -> count
};

/// A difference of free energy between two regions of the coarse space: F(of) − F(against).
struct FreeEnergyDifference {
  std::string name;
  double value = 0;
  double standard_error = 0;
  std::optional<double> reference;  ///< the exact value where the system's truth is computable
};

/// F on a grid of coarse values, minimum 0. NaN where unvisited.
struct FreeEnergy {
  static constexpr const char* type_name = "free_energy";
  std::string estimator;
  std::vector<std::string> coarse;
  Matrix points;           ///< bins x coarse (bin centres)
  Vector values;           ///< energy units
  Vector standard_errors;  ///< energy units
  Vector reference;        ///< exact F on the same grid, or empty
  double thermal_energy = 0;
  std::string unit = "energy";
  std::vector<std::string> coarse_units;  ///< of each coarse variable, "" of a plain number; empty where not known
  std::vector<FreeEnergyDifference> differences;
  std::vector<std::string> notes;  ///< e.g. the windows that have not mixed
  std::vector<Table> tables;       ///< what else the estimator found, e.g. the overlap of the windows
};

/// What was measured at one target: keys as in Findings.values, "label_error.mean".
struct TargetFinding {
  std::vector<std::string> coarse;
  std::vector<double> target;  ///< one value per coarse variable
  std::map<std::string, double> values;
};

/// Named numbers and tables that say how good something is.
struct Findings {
  static constexpr const char* type_name = "diagnostics";
  std::map<std::string, double> values;  ///< what stop rules read
  std::vector<Table> tables;             ///< what people read
  std::vector<TargetFinding> targets;    ///< per target, where something is known of single ones
  std::int64_t force_evaluations = 0;    ///< of simulations made for it

  /// The entry of a target, made when there is none yet.
  TargetFinding& at(const std::vector<std::string>& coarse, const Vector& target) {
    const std::vector<double> place(target.begin(), target.end());
    for (TargetFinding& finding : targets)
      if (finding.coarse == coarse && finding.target == place) return finding;
    return targets.emplace_back(TargetFinding{coarse, place, {}});
  }
};

}  // namespace liftwell
