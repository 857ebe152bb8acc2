// SPDX-License-Identifier: MIT
// The text of PDB files, format 3.3 (wwPDB, 2012): ATOM, HETATM, MODEL, ENDMDL, CONECT and END; other records say
// nothing about what a molecule is made of and are passed over.
#pragma once

#include <string>
#include <string_view>

#include "liftwell/data/topology.hpp"

namespace liftwell {

/// Reads all models. Bonds are those of CONECT records and, since files seldom state them all, of bonds_by_distance
/// in the first model. Of alternate locations the first counts. `source` names the text in messages. Throws InputError
/// ("start.pdb:12: …") at the first line that cannot be read, and where models are not of the same atoms.
[[nodiscard]] Structure parse_pdb(std::string_view text, const std::string& source);

/// Why the file may not be what it should: "its coordinates look like nm, and should be angstroms", or ten times too
/// large, where nearest neighbours in the first model would then be as far apart as bonded atoms are. "" where they
/// are, or no factor of ten helps. Not an error by itself: beads and gases are further apart.
[[nodiscard]] std::string doubtful_unit(const Structure& structure);

/// A file with one model for each row of `frames` (n x 3 atoms, nm), with CONECT records for all bonds, so that other
/// programs need not guess them. Coordinates have the three decimals (in angstrom) that the format has.
[[nodiscard]] std::string pdb_text(const Topology& topology, const Matrix& frames);

}  // namespace liftwell
