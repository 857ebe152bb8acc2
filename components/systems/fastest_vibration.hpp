// SPDX-License-Identifier: MIT
// The fastest vibration of a molecule, which bounds the time step.
#pragma once

#include "system_file.hpp"

namespace liftwell {

struct Vibration {
  double frequency = 0;      ///< ω, rad/ps; 0 where nothing vibrates
  std::vector<Index> atoms;  ///< of the bond (two) or angle (three) that has most of its energy

  /// Steps that leap from velocity to position are stable below 2/ω, in ps; infinite where nothing vibrates.
  [[nodiscard]] double longest_step() const;
  /// As spectra give it, 1/cm.
  [[nodiscard]] double wavenumber() const;
};

/// The largest eigenvalue ω² of the mass-weighted second derivatives Σ k g gᵀ of harmonic bonds and angles at
/// `structure` (3 atoms, nm), g being the gradients of lengths and angles, within what constraints allow. Terms that
/// pull together are faster than each alone: 2/ω of the stiffest bond by itself would be too long. Torsions and forces
/// between atoms that are not bonded are softer and left out. By power iteration, to a part in a thousand or so.
[[nodiscard]] Vibration fastest_vibration(const SystemFile& file, const Vector& structure);

/// As System::stiff_terms: one row for each harmonic bond and angle.
[[nodiscard]] Matrix stiff_terms(const SystemFile& file, const Vector& structure, const Vector& moved);

}  // namespace liftwell
