// SPDX-License-Identifier: MIT
// Trajectories in the DCD format of CHARMM, NAMD and OpenMM, which VMD, PyMOL, MDAnalysis and mdtraj read: 32-bit
// coordinates in angstrom, one file for one trajectory of one molecule.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// What the head of a file says.
struct DcdHead {
  Index atoms = 0;
  Index frames = 0;
  Index first_step = 0;  ///< step of the first frame
  Index stride = 1;      ///< steps between frames
  double timestep = 0;   ///< ps
};

/// The bytes a file begins with; `head.frames` frames follow.
[[nodiscard]] std::string dcd_head(const DcdHead& head);

/// The bytes of a frame: `state` is 3 atoms numbers in nm.
[[nodiscard]] std::string dcd_frame(const float* state, Index atoms);

/// All frames (frames x 3 atoms, nm) of a file in either byte order, with or without unit cells; fixed atoms, which
/// some programs leave out of all frames but the first, are refused. Throws InputError that names the file when it is
/// no such file or ends too early, StorageError when it cannot be read.
[[nodiscard]] Matrix read_dcd(const std::filesystem::path& file);

}  // namespace liftwell
