// SPDX-License-Identifier: MIT
// Whether two descriptions of a molecule number its atoms alike.
#pragma once

#include <string>

#include "liftwell/data/topology.hpp"

namespace liftwell {

/// "" where atom i of both can be the same atom for every i, else what is wrong with the first that cannot: there are
/// more or fewer atoms, the element is another, or the atom of this name and residue has another number in `molecule`.
/// Programs name hydrogens and number residues differently; names that `molecule` does not have are no fault.
[[nodiscard]] std::string atom_order_misfit(const Topology& file, const Topology& molecule);

}  // namespace liftwell
