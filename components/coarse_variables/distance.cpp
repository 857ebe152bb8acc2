// SPDX-License-Identifier: MIT
// The distance of two atoms as coarse variable.
#include <string>

#include "atom_options.hpp"
#include "liftwell/data/point.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : AtomOptions {
  void check(Problems& problems) const { check_points(*this, 2, problems); }
};

/// ξ(x) = |r_a − r_b|, nm. Its gradient at distance 0, which has no direction, is 0.
class Distance final : public CoarseVariable {
 public:
  explicit Distance(const Options& options) : found_(find_points(options, 2)) {}

  [[nodiscard]] std::string misfit(Index dimension) const override { return found_.misfit(dimension); }
  [[nodiscard]] const Structure* molecule() const override { return found_.molecule.get(); }
  [[nodiscard]] ValueRange range() const override { return {.low = 0}; }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    const Index a = found_.atoms[0], b = found_.atoms[1];
    gradient.flat().setZero();
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      const Point between = point(x, a, lane) - point(x, b, lane);
      const double length = norm(between);
      value[lane] = length;
      if (gradient.rows() == 0) continue;
      const Point direction = (length > 0 ? 1 / length : 0.0) * between;
      add(gradient, a, lane, direction);
      add(gradient, b, lane, -1.0 * direction);
    }
  }

 private:
  FoundAtoms found_;
};

}  // namespace

LIFTWELL_COMPONENT(distance) {
  return with_atoms(Declaration<CoarseVariable, Options>("distance", "Distance of two atoms.")
                        .measured_in(unit::length)
                        .reference("Textbook: xi(x) = |r_a - r_b|."),
                    "The two atoms")
      .example("{type: distance, atoms: [0, 3]}")
      .creates<Distance>();
}

}  // namespace liftwell
