// SPDX-License-Identifier: MIT
// States that a user gives a start policy: in the workflow, in a file, or as the structure of the system.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/families/molecule_file.hpp"
#include "liftwell/families/system.hpp"

namespace liftwell {

inline constexpr const char* structure_file_sentence =
    "File of states instead of the position: .npy, .csv, .h5 with a dataset 'states', or .pdb or .dcd of a molecule.";

/// Reports what is wrong with the two keys 'position' and 'file'.
void check_structure(const std::vector<double>& position, const std::filesystem::path& file, Problems& problems);

class GivenStructures {
 public:
  GivenStructures(const std::vector<double>& position, const std::filesystem::path& file);

  /// States x dimension; no rows where the system's own structure is meant.
  [[nodiscard]] const Matrix& given() const { return states_; }
  /// "" where they are states of this dimension, else what is wrong.
  [[nodiscard]] std::string misfit(Index dimension) const;
  /// The same for this system: bonds have about the length they should, and atoms of a PDB file are in its order.
  [[nodiscard]] std::string misfit(const System& system) const;
  /// Those given, or the system's. Throws InputError where it has none.
  [[nodiscard]] Matrix of(const System& system) const;
  /// Where state `row` came from.
  [[nodiscard]] std::string origin(Index row) const;

 private:
  std::string file_;                          ///< its name, or ""
  std::shared_ptr<const Topology> molecule_;  ///< of a PDB file
  Matrix states_;
  FileUnit unit_ = FileUnit::nanometre;
};

}  // namespace liftwell
