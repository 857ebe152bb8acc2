// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>

#include "liftwell/base/error.hpp"
#include "liftwell/data/mechanics.hpp"
#include "liftwell/data/topology.hpp"
#include "liftwell/families/bias.hpp"
#include "liftwell/families/integrator.hpp"
#include "liftwell/families/potential.hpp"

namespace liftwell {

/// What a system can be asked for; the framework only assumes that it can advance.
struct SystemAbilities {
  bool energies = false;         ///< energy of a given state
  bool biases = false;           ///< accepts a bias on coarse variables
  bool exact_repetition = true;  ///< same seed, same bits
};

/// A bias acting on one tile, each walker with its own centre (coarse x lanes).
struct Restraint {
  const Bias* bias = nullptr;
  ConstBlock centres;
};

/// What evolves.
class System {
 public:
  static FamilyInfo family() {
    return {"system", "systems", "What evolves: a potential at a temperature, an SDE, or a molecule.", "langevin"};
  }
  virtual ~System() = default;

  [[nodiscard]] virtual Index dimension() const = 0;
  [[nodiscard]] virtual double thermal_energy() const = 0;  ///< kT, energy units
  [[nodiscard]] virtual double timestep() const = 0;        ///< time units
  [[nodiscard]] virtual SystemAbilities abilities() const = 0;
  [[nodiscard]] virtual bool has_velocities() const { return false; }
  /// Whether a step is a proposal that is accepted or rejected; then `advance` counts in tile.accepted.
  [[nodiscard]] virtual bool proposes() const { return false; }
  /// Second derivative of the energy (energy/length²) from which on a step is unstable; infinite where none is known.
  [[nodiscard]] virtual double stability_limit() const { return std::numeric_limits<double>::infinity(); }

  /// What one step takes from x against a gradient of the energy, as Integrator::pull says.
  [[nodiscard]] virtual Vector pull(const Vector& gradient) const { return uniform_pull(gradient, stability_limit()); }
  /// Rows √k ∇q of harmonic terms k/2 (q − q⁰)² of atoms that have something other than 0 in `moved` (one number for
  /// each coordinate), so that the sum of rowᵀ row is nearly what these atoms feel of the second derivative of the
  /// energy at `state`: the bonds and angles of a molecule. No rows where the potential itself is asked, or for so many
  /// atoms that none of them is moved by much.
  [[nodiscard]] virtual Matrix stiff_terms(const Vector& /*state*/, const Vector& /*moved*/) const { return {}; }
  /// By how much one step widens the law along `direction`, as Integrator::widening says.
  [[nodiscard]] virtual double widening(const Vector& /*direction*/, double /*curvature*/) const { return 1; }

  /// A state to start from, where the system was given one; else empty.
  [[nodiscard]] virtual Vector structure() const { return {}; }
  /// The atoms of its states, where it is a molecule that was described; else null.
  [[nodiscard]] virtual const Topology* molecule() const { return nullptr; }
  /// Masses and constraints of that molecule; without masses where they are not known.
  [[nodiscard]] virtual Mechanics mechanics() const { return {}; }
  /// "" where `state` can be one of this system, else what is wrong: bonds far from the length they have.
  [[nodiscard]] virtual std::string misfit(const Vector& /*state*/) const { return {}; }
  /// The minimum of the energy that lies below `state`, up to what dynamics shakes off at once.
  [[nodiscard]] virtual Vector minimised(const Vector& /*state*/) const {
    throw InputError("this system does not minimise energies; start from a state that needs none");
  }
  /// What a run should say about how the system is computed; "" where there is nothing to choose.
  [[nodiscard]] virtual std::string remark() const { return {}; }

  /// Takes from `vectors` (dimension x lanes), which are displacements at `x`, what constraints forbid: the projection
  /// onto the tangent space that is orthogonal in the metric of the masses. Without constraints there is nothing to
  /// take.
  virtual void take_forbidden(ConstBlock /*x*/, Block /*vectors*/) const {}

  /// Draws equilibrium velocities for the tile from the stream (no effect without velocities). Positions may be left
  /// out; what constraints forbid is then part of the velocities until the first step takes it away.
  virtual void draw_velocities(WalkerTile& /*tile*/, const RandomStream& /*stream*/) const {}

  /// Advances the tile; `restraint` may be null. Same laws as Integrator::advance. Returns the
  /// number of force evaluations per walker.
  virtual std::int64_t advance(WalkerTile& tile, const Restraint* restraint, const RandomStream& stream,
                               std::uint64_t first_step, std::int64_t steps) const = 0;

  /// `lanes` energies without bias. Throws InputError where abilities().energies is false.
  virtual void energies(ConstBlock x, double* energy) const = 0;

  /// The potential, where there is one: for references computed by quadrature.
  [[nodiscard]] virtual const Potential* potential() const { return nullptr; }

  /// What one step takes for granted, as Integrator::assumed_curvature says.
  [[nodiscard]] virtual Matrix assumed_curvature() const { return {}; }
};

}  // namespace liftwell
