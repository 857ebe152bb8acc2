// SPDX-License-Identifier: MIT
// Which atoms a coarse variable of a molecule is about: parameters that these variables share.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/data/topology.hpp"
#include "liftwell/families/coarse_variable.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

struct AtomOptions {
  std::vector<std::string> of;
  std::vector<std::int64_t> atoms;
  std::filesystem::path topology;
};

/// Atoms that were found, and the molecule they belong to (null where no file says it).
struct FoundAtoms {
  std::vector<Index> atoms;
  std::shared_ptr<const Structure> molecule;

  /// "" where states of `dimension` have these atoms, else what is wrong.
  [[nodiscard]] std::string misfit(Index dimension) const;
};

/// Single atoms in the order in which they are named, `count` of them. One angle such as phi(ALA 2) stands for its
/// four. Throws InputError.
[[nodiscard]] FoundAtoms find_points(const AtomOptions& options, Index count);
/// A group: all atoms that are named, each once, in the order of the molecule. Throws InputError.
[[nodiscard]] FoundAtoms find_group(const AtomOptions& options);

/// The same as findings: at `topology` where the file is at fault, else at `of` or `atoms`.
void check_points(const AtomOptions& options, Index count, Problems& problems);
void check_group(const AtomOptions& options, Problems& problems);

/// Adds the parameters of AtomOptions, from which `Options` is derived.
template <class Options>
Declaration<CoarseVariable, Options>&& with_atoms(Declaration<CoarseVariable, Options>&& declaration,
                                                  std::string_view which) {
  return std::move(declaration)
      .template parameter<std::vector<std::string>>(
          "of", &Options::of, unit::none,
          std::string(which) + ", in words: name CA and resid 2, phi(ALA 2); needs topology.")
      .template parameter<std::vector<std::int64_t>>(
          "atoms", &Options::atoms, unit::none, std::string(which) + ", by index from 0, instead of 'of'.", at_least(0))
      .template parameter<std::filesystem::path>("topology", &Options::topology, unit::none,
                                                 "PDB file of the molecule, which says what 'of' means.");
}

}  // namespace liftwell
