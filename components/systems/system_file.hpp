// SPDX-License-Identifier: MIT
// What a serialised OpenMM System says about its particles, read without OpenMM, so that workflows are checked the same
// in every build. Forces are OpenMM's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "langevin_middle.hpp"

namespace liftwell {

/// A harmonic bond, or one of another formula near its rest (custom_bonds.hpp).
struct Spring {
  Index a = 0, b = 0;
  double stiffness = 0;  ///< kJ/mol/nm²
  double length = 0;     ///< at rest, nm
};

/// A harmonic angle at b.
struct Bend {
  Index a = 0, b = 0, c = 0;
  double stiffness = 0;  ///< kJ/mol/rad²
};

struct SystemFile {
  Particles particles;
  std::vector<Spring> springs;
  std::vector<Bend> bends;
  std::vector<std::string> forces;  ///< their types
};

/// Reads the XML that openmm.XmlSerializer writes of a System. A CMMotionRemover makes the centre of mass hold still.
/// Throws InputError: what is no such file, and Systems with parts that move atoms in ways of their own (barostats,
/// thermostats, virtual sites, Drude particles).
[[nodiscard]] SystemFile read_system_file(const std::filesystem::path& file);

}  // namespace liftwell
