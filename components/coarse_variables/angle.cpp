// SPDX-License-Identifier: MIT
// The angle of three atoms as coarse variable.
#include <numbers>
#include <string>

#include "atom_options.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : AtomOptions {
  void check(Problems& problems) const { check_points(*this, 3, problems); }
};

/// ξ(x) = θ between u = r_a − r_b and v = r_c − r_b, 0 … π rad, from atan2(|u × v|, u · v), which is exact near 0 and
/// π, where the arc cosine loses half of the digits. ∂θ/∂r_a = (u cos θ/|u| − v/|v|)/(|u| sin θ), and c likewise. Where
/// the three atoms are in line the angle has an extremum without a tangent; the gradient there is 0.
class Angle final : public CoarseVariable {
 public:
  explicit Angle(const Options& options) : found_(find_points(options, 3)) {}

  [[nodiscard]] std::string misfit(Index dimension) const override { return found_.misfit(dimension); }
  [[nodiscard]] const Structure* molecule() const override { return found_.molecule.get(); }
  [[nodiscard]] ValueRange range() const override { return {0, std::numbers::pi}; }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    const Index a = found_.atoms[0], b = found_.atoms[1], c = found_.atoms[2];
    gradient.flat().setZero();
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      const Point u = point(x, a, lane) - point(x, b, lane), v = point(x, c, lane) - point(x, b, lane);
      const Point normal = cross(u, v);
      const double area = norm(normal), along = dot(u, v);
      value[lane] = std::atan2(area, along);
      if (gradient.rows() == 0 || !(area > 0)) continue;
      // (u × n)/|u|²|n| is the unit vector across u in the plane, divided by |u|.
      const Point to_a = (1 / (area * dot(u, u))) * cross(u, normal);
      const Point to_c = (-1 / (area * dot(v, v))) * cross(v, normal);
      add(gradient, a, lane, to_a);
      add(gradient, c, lane, to_c);
      add(gradient, b, lane, -1.0 * (to_a + to_c));
    }
  }

 private:
  FoundAtoms found_;
};

}  // namespace

LIFTWELL_COMPONENT(angle) {
  return with_atoms(Declaration<CoarseVariable, Options>("angle", "Angle of three atoms, at the second one.")
                        .measured_in(unit::angle)
                        .reference("Textbook: cos xi = (r_a - r_b).(r_c - r_b) / (|r_a - r_b| |r_c - r_b|)."),
                    "The three atoms")
      .example("{type: angle, atoms: [0, 1, 2]}")
      .creates<Angle>();
}

}  // namespace liftwell
