// SPDX-License-Identifier: MIT
#include "systems/fastest_vibration.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace liftwell;

namespace {

SystemFile chain(const std::vector<double>& masses, std::vector<Spring> springs, std::vector<Bend> bends = {},
                 std::vector<BondConstraint> constraints = {}) {
  SystemFile out;
  out.particles.masses = Eigen::Map<const Vector>(masses.data(), std::ssize(masses));
  out.particles.constraints = std::move(constraints);
  out.springs = std::move(springs);
  out.bends = std::move(bends);
  return out;
}

const Vector right_angle{{0.1, 0, 0, 0, 0, 0, 0, 0.1, 0}};

}  // namespace

TEST_CASE("A bond vibrates with its reduced mass", "[unit]") {
  const Vector pair{{0, 0, 0, 0.12, 0, 0}};
  const Vibration bond = fastest_vibration(chain({12, 16}, {{0, 1, 4e5, 0.12}}), pair);
  CHECK(bond.frequency == Approx(std::sqrt(4e5 * (1.0 / 12 + 1.0 / 16))));
  CHECK(bond.longest_step() == Approx(2 / bond.frequency));
  CHECK(bond.atoms == std::vector<Index>{0, 1});
  // A particle that never moves is a wall; a fixed bond does not vibrate, however stiff.
  CHECK(fastest_vibration(chain({12, 0}, {{0, 1, 4e5, 0.12}}), pair).frequency == Approx(std::sqrt(4e5 / 12)));
  const Vibration fixed = fastest_vibration(chain({12, 16}, {{0, 1, 4e5, 0.12}}, {}, {{0, 1, 0.12}}), pair);
  CHECK(fixed.frequency == Approx(0).margin(1e-3));
  CHECK(std::isinf(fastest_vibration(chain({12, 16}, {}), pair).longest_step()));
}

TEST_CASE("Bonds in line that share an atom are faster than each alone", "[unit]") {
  // x1 - x0 and x2 - x1 of equal stiffness k: the antisymmetric stretch has ω² = k (1/m + 2/M) with M in the middle.
  const Vector line{{0, 0, 0, 0.1, 0, 0, 0.2, 0, 0}};
  const Vibration stretch = fastest_vibration(chain({16, 12, 16}, {{0, 1, 1e5, 0.1}, {1, 2, 1e5, 0.1}}), line);
  CHECK(stretch.frequency == Approx(std::sqrt(1e5 * (1.0 / 16 + 2.0 / 12))));
  CHECK(stretch.frequency > std::sqrt(1e5 * (1.0 / 16 + 1.0 / 12)));
}

TEST_CASE("An angle vibrates where its bonds are fixed", "[unit]") {
  // Legs of length r at a right angle, masses m at the ends and M in the middle. With bonds held, the bend is one
  // degree of freedom; with M at rest ω² = k 2/(m r²).
  const SystemFile held = chain({1, 0, 1}, {}, {{0, 1, 2, 300}}, {{0, 1, 0.1}, {1, 2, 0.1}});
  const Vibration bend = fastest_vibration(held, right_angle);
  CHECK(bend.frequency == Approx(std::sqrt(300 * 2 / (0.1 * 0.1))));
  CHECK(bend.atoms == std::vector<Index>{0, 1, 2});
}
