// SPDX-License-Identifier: MIT
// Atoms named in words, as in VMD and MDAnalysis: "name CA and resname ALA", "resid 2-5 and not element H".
//
//   expression   all | heavy | backbone | name W… | resname W… | resid N… | element W… | chain W… | index N…
//                and combinations with not, and, or (binding in this order) and parentheses
//   W            a word; * stands for any letters and ? for one: name H*
//   N            a whole number or a range that includes both ends: resid 2, index 0-4; index counts from 0
//   heavy        all that are not hydrogen
//   backbone     N, CA, C and O of amino acids
//   angle        phi(ALA 2), psi(ALA 2), omega(ALA 2), chi1(ALA 2): four atoms in order (topology.hpp); in the
//                parentheses NAME NUMBER, or an expression that is true for atoms of one residue only
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "liftwell/data/topology.hpp"

namespace liftwell {

/// The atoms of an expression in the order of the topology, or those of an angle in the order of their bonds. Throws
/// InputError: what cannot be read, words and numbers that no atom has (with the nearest), a selection of nothing, and,
/// where `count` is given, one of more or fewer atoms.
[[nodiscard]] std::vector<Index> select_atoms(const Topology& topology, const std::string& expression,
                                              std::optional<Index> count = {});

/// Whether the expression is one of an angle.
[[nodiscard]] bool names_angle(const std::string& expression);

}  // namespace liftwell
