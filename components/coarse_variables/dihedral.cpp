// SPDX-License-Identifier: MIT
// The torsion of four atoms as coarse variable.
#include <numbers>
#include <optional>
#include <string>

#include "atom_options.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : AtomOptions {
  void check(Problems& problems) const { check_points(*this, 4, problems); }
};

/// ξ(x) = φ of a-b-c-d, −π … π rad, period 2π (sign: `torsion` in data/point.hpp). With F = r_a − r_b, G = r_b − r_c,
/// H = r_d − r_c, A = F × G, B = H × G (Blondel and Karplus, equation 27):
///   ∂φ/∂r_a = −|G| A/A²,   ∂φ/∂r_d = |G| B/B²,
///   ∂φ/∂r_b = −∂φ/∂r_a + T,   ∂φ/∂r_c = −∂φ/∂r_d − T,   T = (F·G) A/(A²|G|) − (H·G) B/(B²|G|).
/// Where three atoms in a row are in line the torsion is not defined: its value is any, and the terms of that end are
/// left out of the gradient.
class Dihedral final : public CoarseVariable {
 public:
  explicit Dihedral(const Options& options) : found_(find_points(options, 4)) {}

  [[nodiscard]] std::string misfit(Index dimension) const override { return found_.misfit(dimension); }
  [[nodiscard]] const Structure* molecule() const override { return found_.molecule.get(); }
  [[nodiscard]] std::optional<double> period() const override { return 2 * std::numbers::pi; }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    const Index a = found_.atoms[0], b = found_.atoms[1], c = found_.atoms[2], d = found_.atoms[3];
    gradient.flat().setZero();
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      const Point f = point(x, a, lane) - point(x, b, lane), g = point(x, b, lane) - point(x, c, lane),
                  h = point(x, d, lane) - point(x, c, lane);
      const Point p = cross(f, g), q = cross(h, g);
      const double length = norm(g);
      value[lane] = std::atan2(dot(cross(q, p), g), length * dot(p, q));
      if (gradient.rows() == 0) continue;
      const double p2 = dot(p, p), q2 = dot(q, q);
      const Point at_p = (p2 > 0 ? 1 / p2 : 0.0) * p, at_q = (q2 > 0 ? 1 / q2 : 0.0) * q;
      const double per_length = length > 0 ? 1 / length : 0.0;
      const Point first = -length * at_p, last = length * at_q;
      const Point turn = (dot(f, g) * per_length) * at_p - (dot(h, g) * per_length) * at_q;
      add(gradient, a, lane, first);
      add(gradient, b, lane, turn - first);
      add(gradient, c, lane, -1.0 * (turn + last));
      add(gradient, d, lane, last);
    }
  }

 private:
  FoundAtoms found_;
};

}  // namespace

LIFTWELL_COMPONENT(dihedral) {
  return with_atoms(
             Declaration<CoarseVariable, Options>("dihedral",
                                                  "Torsion of four atoms, such as phi and psi of a peptide.")
                 .measured_in(unit::angle)
                 .reference("Blondel and Karplus, J. Comput. Chem. 17, 1132 (1996), equation 27, "
                            "doi:10.1002/(SICI)1096-987X(19960715)17:9<1132::AID-JCC5>3.0.CO;2-T; sign: IUPAC-IUB, "
                            "Biochemistry 9, 3471 (1970), doi:10.1021/bi00820a001."),
             "The four atoms, or an angle of a residue")
      .example("{type: dihedral, atoms: [4, 6, 8, 14]}")
      .creates<Dihedral>();
}

}  // namespace liftwell
