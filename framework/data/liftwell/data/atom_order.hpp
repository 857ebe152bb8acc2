// SPDX-License-Identifier: MIT
// Whether two descriptions of a molecule number its atoms alike.
#pragma once

#include <string>

#include "liftwell/data/topology.hpp"

namespace liftwell {

/// "" where atom i of both can be the same atom for every i, else what is wrong with the first that cannot: there are
/// more or fewer atoms, the element is another, or the same names stand in another order, in the whole file or in a
/// residue. Programs name hydrogens and number residues differently, so that where the names are not the same ones, a
/// name that stands elsewhere proves nothing.
[[nodiscard]] std::string atom_order_misfit(const Topology& file, const Topology& molecule);

}  // namespace liftwell
