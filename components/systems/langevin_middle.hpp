// SPDX-License-Identifier: MIT
// Langevin dynamics of atoms with masses and fixed bond lengths.
#pragma once

#include <cstdint>
#include <vector>

#include "bond_constraints.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/families/energy_surface.hpp"
#include "liftwell/families/walker_tile.hpp"

namespace liftwell {

/// What moves: 3 coordinates for each atom.
struct Particles {
  Vector masses;  ///< Da; 0 for atoms that never move
  std::vector<BondConstraint> constraints;
  bool hold_centre = false;  ///< the centre of mass stays where it is

  /// Independent velocities: 3 for each atom that moves, less constraints, less those of the centre.
  [[nodiscard]] Index degrees_of_freedom() const;
};

/// One step with kicks, drifts and friction in the order B A O A (LFMiddle: Zhang, Liu, Yan, Tuckerman, Liu, J. Phys.
/// Chem. A 123, 6056 (2019)):
///   v −= Δt ∇V(x)/m;   x += v Δt/2;   v = e^(−γΔt) v + √(kT (1 − e^(−2γΔt))/m) ξ;   x += v Δt/2,
/// velocities being projected onto what constraints allow after the kick and after the noise, and distances restored at
/// the end, their correction over Δt going into v. Positions have the law of BAOAB: errors of order Δt², none in a
/// harmonic well. v belongs to the time half a step before x. One force evaluation per step.
class LangevinMiddle {
 public:
  LangevinMiddle(Particles particles, double thermal_energy, double timestep, double friction);

  [[nodiscard]] const Particles& particles() const { return particles_; }

  /// As Integrator::advance. Positions that do not meet the constraints are first moved there.
  void advance(WalkerTile& tile, const EnergySurface& surface, const RandomStream& stream, std::uint64_t first_step,
               std::int64_t steps) const;

  /// Maxwell's law; where positions are given too, these are moved onto the constraints and velocities projected.
  void draw_velocities(WalkerTile& tile, const RandomStream& stream) const;

  /// The projection of System::take_forbidden.
  void take_forbidden(ConstBlock x, Block vectors) const;

 private:
  void project(const BondConstraints& constraints, PackColumn v) const;

  Particles particles_;
  double thermal_energy_, timestep_, friction_;
  Vector inverse_masses_;  ///< per atom
  Vector mass_share_;      ///< of each atom in the whole; empty where the centre is free
};

}  // namespace liftwell
