// SPDX-License-Identifier: MIT
// By which bonds, angles and torsions the atoms of a molecule are placed one after the other.
#pragma once

#include <array>
#include <vector>

#include "liftwell/data/point.hpp"
#include "liftwell/data/topology.hpp"

namespace liftwell {

/// Four atoms of a torsion.
using Quadruple = std::array<Index, 4>;

/// Atom `atom` is placed by its distance to `bond`, the angle atom-bond-angle, and the torsion of torsion-angle-bond-
/// atom; −1 where the first three atoms have none.
struct ZRow {
  Index atom = -1, bond = -1, angle = -1, torsion = -1;
};

/// Rows in the order in which atoms are placed. Each bond b-a around which something turns has one proper torsion
/// c-b-a-i, for one of the atoms bonded to a; for the others bonded to a, i stands in place of c, so that their
/// "torsion" is the angle between two atoms on one side of the bond, seen along it. It hardly varies, and its sign is
/// the chirality of a: only proper torsions turn (Chang, Potter and Gilson, J. Phys. Chem. B 107, 1048 (2003): BAT
/// coordinates).
///
/// `torsions` must be among the proper ones, `wanted` are where nothing speaks against them. Atoms marked `light`
/// (hydrogen) are references only where nothing else is there. Throws InputError when bonds do not connect all atoms,
/// or when one of `torsions` cannot be had.
[[nodiscard]] std::vector<ZRow> z_matrix(Index atoms, const std::vector<Bond>& bonds, const std::vector<bool>& light,
                                         const std::vector<Quadruple>& torsions, const std::vector<Quadruple>& wanted);

/// The point at distance r from a, at the angle θ to b, and turned by φ from c around b → a.
[[nodiscard]] inline Point placed(Point c, Point b, Point a, double r, double theta, double phi) {
  const Point along = a - b;
  const Point axis = (1 / norm(along)) * along;
  const Point across = cross(b - c, axis);
  const Point normal = (1 / norm(across)) * across;
  const Point outward = cross(normal, axis);
  return a + (-r * std::cos(theta)) * axis + (r * std::sin(theta) * std::cos(phi)) * outward +
         (r * std::sin(theta) * std::sin(phi)) * normal;
}

}  // namespace liftwell
