// SPDX-License-Identifier: MIT
// Points in space and the geometry of bonds. Plain numbers, so that loops over walkers become vector code.
#pragma once

#include <cmath>

#include "liftwell/data/block.hpp"

namespace liftwell {

struct Point {
  double x = 0, y = 0, z = 0;

  friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend Point operator*(double s, Point a) { return {s * a.x, s * a.y, s * a.z}; }
};

[[nodiscard]] inline double dot(Point a, Point b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
[[nodiscard]] inline Point cross(Point a, Point b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
[[nodiscard]] inline double norm(Point a) { return std::sqrt(dot(a, a)); }

/// Atom `i` of a state x0 y0 z0 x1 …
[[nodiscard]] inline Point point(const double* state, Index i) {
  return {state[3 * i], state[3 * i + 1], state[3 * i + 2]};
}
/// Atom `i` of one lane of states.
[[nodiscard]] inline Point point(ConstBlock x, Index i, Index lane) {
  return {x(3 * i, lane), x(3 * i + 1, lane), x(3 * i + 2, lane)};
}
/// Adds to the entries of atom `i`.
inline void add(Block x, Index i, Index lane, Point value) {
  x(3 * i, lane) += value.x;
  x(3 * i + 1, lane) += value.y;
  x(3 * i + 2, lane) += value.z;
}

/// The angle between b − a … c at b: 0 … π.
[[nodiscard]] inline double angle_at(Point a, Point b, Point c) {
  const Point u = a - b, v = c - b;
  return std::atan2(norm(cross(u, v)), dot(u, v));
}

/// The torsion of a-b-c-d, −π … π: 0 where a and d are on one side (cis), positive where, seen along b → c, d is
/// clockwise from a (IUPAC-IUB, Biochemistry 9, 3471 (1970)).
[[nodiscard]] inline double torsion(Point a, Point b, Point c, Point d) {
  const Point f = a - b, g = b - c, h = d - c;
  const Point p = cross(f, g), q = cross(h, g);
  return std::atan2(dot(cross(q, p), g), norm(g) * dot(p, q));
}

}  // namespace liftwell
