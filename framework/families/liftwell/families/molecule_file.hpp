// SPDX-License-Identifier: MIT
// Whether a file about a molecule is about the molecule of a system.
#pragma once

#include <functional>
#include <string>

#include "liftwell/data/topology.hpp"

namespace liftwell {

class System;

/// The unit in which a file has coordinates: .pdb and .dcd in angstroms, states in general in nm.
enum class FileUnit { angstrom, nanometre };

/// `misfit` of a state (nm), "" where nothing is wrong; where a state ten times larger or smaller has none, with the
/// unit that its file seems to have coordinates in.
[[nodiscard]] std::string misfit_with_unit(const Vector& state, FileUnit unit,
                                           const std::function<std::string(const Vector&)>& misfit);

/// The same of System::misfit.
[[nodiscard]] std::string state_misfit(const Vector& state, FileUnit unit, const System& system);

/// "" where the file can be about the molecule of `system`, or the system describes none: its atoms are in the same
/// order (atom_order_misfit) and its first model is a state of the system. Else what is wrong, in words that follow the
/// name of the file: "has C of ALA 2 (C) as atom 8, where …".
[[nodiscard]] std::string file_misfit(const Structure& file, const System& system);

}  // namespace liftwell
