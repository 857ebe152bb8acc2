// SPDX-License-Identifier: MIT
// What a serialised OpenMM System says about its particles, read without OpenMM, so that workflows are checked the same
// in every build. Forces are OpenMM's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "langevin_middle.hpp"

namespace liftwell {

/// A harmonic bond, the stiffest there is in most molecules.
struct Spring {
  Index a = 0, b = 0;
  double stiffness = 0;  ///< kJ/mol/nm²
  double length = 0;     ///< at rest, nm
};

struct SystemFile {
  Particles particles;
  std::vector<Spring> springs;
  std::vector<std::string> forces;  ///< their types

  /// Longest step (ps) at which the harmonic bond that is given back as `of` is stable: 2/ω, ω² = stiffness (1/m_a +
  /// 1/m_b). Infinite without bonds that are free to move.
  [[nodiscard]] double longest_step(Spring* of = nullptr) const;
};

/// Reads the XML that openmm.XmlSerializer writes of a System. A CMMotionRemover makes the centre of mass hold still.
/// Throws InputError: what is no such file, and Systems with parts that move atoms in ways of their own (barostats,
/// thermostats, virtual sites, Drude particles).
[[nodiscard]] SystemFile read_system_file(const std::filesystem::path& file);

}  // namespace liftwell
