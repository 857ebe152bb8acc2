// SPDX-License-Identifier: MIT
#include "liftwell/data/structure_check.hpp"

#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/data/pdb.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/conformations.hpp"

using namespace liftwell;

namespace {

struct Alanine {
  Structure structure = parse_pdb(testing::alanine_dipeptide_pdb(), "ala.pdb");
  StructureCheck check(const StructureTolerances& tolerances = {}) const {
    return {structure.topology, structure.frames.data(), tolerances};
  }
  /// The fault of the structure with one atom elsewhere.
  std::string fault_with(Index atom, Point where, const StructureTolerances& tolerances = {}) const {
    Matrix state = structure.frames;
    testing::detail::put(state.data(), atom, where);
    return check(tolerances).fault(state.data());
  }
  [[nodiscard]] Point at(Index atom) const { return point(structure.frames.data(), atom); }
};

}  // namespace

TEST_CASE("A structure that was turned around its single bonds, with thermal noise, has no fault", "[unit]") {
  const Alanine alanine;
  const StructureCheck check = alanine.check();
  CHECK(check.fault(alanine.structure.frames.data()).empty());
  // Conformations anywhere clash now and then, and have no other fault. Amide bonds are left trans.
  const Matrix states = testing::conformations(alanine.structure.topology, alanine.structure.frames, 400,
                                               {.noise = 0.002, .stiff = {{4, 6}, {14, 16}}});
  Index good = 0, clashes = 0;
  for (Index i = 0; i < states.rows(); ++i) {
    const std::string fault = check.fault(&states(i, 0));
    good += fault.empty() ? 1 : 0;
    clashes += fault == "clash" ? 1 : 0;
  }
  CHECK(good + clashes == 400);
  CHECK(good > 200);
  CHECK(clashes > 0);
}

TEST_CASE("Each fault of a structure is called by its name", "[unit]") {
  const Alanine alanine;
  // CB and HA of alanine change places, each at its own distance.
  Matrix state = alanine.structure.frames;
  const Point ca = alanine.at(8), to_cb = alanine.at(10) - ca, to_ha = alanine.at(9) - ca;
  testing::detail::put(state.data(), 10, ca + (norm(to_cb) / norm(to_ha)) * to_ha);
  testing::detail::put(state.data(), 9, ca + (norm(to_ha) / norm(to_cb)) * to_cb);
  CHECK(alanine.check().fault(state.data()) == "chirality");
  CHECK(alanine.check({.chirality = false}).fault(state.data()) != "chirality");

  const auto stretched = [&](Index atom, Index other, double factor) {
    return alanine.at(other) + factor * (alanine.at(atom) - alanine.at(other));
  };
  CHECK(alanine.fault_with(3, stretched(3, 1, 1.4)) == "bond length");
  CHECK(alanine.fault_with(3, stretched(3, 1, 1.4), {.bond = 0}).empty());
  // One hydrogen of the methyl group almost on another.
  const Point between = 0.55 * alanine.at(2) + 0.45 * alanine.at(3);
  const Point folded = alanine.at(1) + (0.109 / norm(between - alanine.at(1))) * (between - alanine.at(1));
  CHECK(alanine.fault_with(3, folded) == "bond angle");
  CHECK(alanine.fault_with(3, {std::nan(""), 0, 0}) == "bond length");
}

TEST_CASE("A hydrogen that left the plane of its amide is told, as is an oxygen", "[unit]") {
  const Alanine alanine;
  // Turned around the bond from ACE C (4) to ALA N (6), all angles to that bond kept.
  const auto turned = [&](Index atom, Index from, Index to, double angle) {
    const Point origin = alanine.at(to), along = origin - alanine.at(from), axis = (1 / norm(along)) * along;
    const Point p = alanine.at(atom) - origin;
    return alanine.fault_with(atom, origin + std::cos(angle) * p + std::sin(angle) * cross(axis, p) +
                                        ((1 - std::cos(angle)) * dot(axis, p)) * axis);
  };
  CHECK(turned(7, 4, 6, 1.2) == "hydrogen placement");  // 26° off in the other angle, which alone would do
  CHECK(turned(7, 4, 6, -1.2) == "hydrogen placement");
  CHECK(turned(7, 4, 6, 0.5).empty());  // three standard deviations at 300 K
  CHECK(turned(5, 1, 4, 0.9) == "planarity");
  CHECK(turned(9, 6, 8, 0.3).empty());  // HA: nothing is flat there
}

TEST_CASE("Cis peptide bonds are told from trans ones", "[unit]") {
  const Alanine alanine;
  // Half a turn around C(ACE)-N(ALA).
  const auto turned = [&](double noise_turn) {
    Matrix state = alanine.structure.frames;
    const Point origin = alanine.at(4), along = alanine.at(6) - origin, axis = (1 / norm(along)) * along;
    for (const Index atom : testing::detail::side_of(alanine.structure.topology.neighbours(), 4, 6)) {
      const Point p = alanine.at(atom) - origin;
      testing::detail::put(state.data(), atom,
                           origin + std::cos(noise_turn) * p + std::sin(noise_turn) * cross(axis, p) +
                               ((1 - std::cos(noise_turn)) * dot(axis, p)) * axis);
    }
    return state;
  };
  const Matrix cis = turned(3.1), bent = turned(0.5);
  CHECK(alanine.check().fault(cis.data()) == "omega");
  CHECK(alanine.check({.omega = "any", .clash = 0}).fault(cis.data()).empty());
  CHECK(alanine.check().fault(bent.data()).empty());
  // 57 degrees from trans are neither, but where that is asked for.
  const Matrix twisted = turned(1.0);
  CHECK(alanine.check({.clash = 0}).fault(twisted.data()) == "omega");
  CHECK(alanine.check({.omega = "trans", .clash = 0}).fault(twisted.data()) == "omega");
  CHECK(alanine.check({.twist = 0, .clash = 0}).fault(twisted.data()).empty());
  // Held against itself it is right as given, and wrong where all must be trans.
  const StructureCheck as_cis(alanine.structure.topology, cis.data(), {.clash = 0});
  CHECK(as_cis.fault(cis.data()).empty());
  CHECK(as_cis.fault(alanine.structure.frames.data()) == "omega");
  CHECK_THROWS_WITH(StructureCheck(alanine.structure.topology, cis.data(), {.omega = "trans", .clash = 0}),
                    Catch::Matches(".*has itself a fault: omega of .* of (ACE 1|ALA 2), C of .*, N of .*"));
}

// A reference whose amide is a pyramid had no plane to hold others against, in silence.
TEST_CASE("A reference that is bent where it must be flat is refused", "[unit]") {
  const Alanine alanine;
  Matrix bent = alanine.structure.frames;
  const Point n = alanine.at(6), arm = alanine.at(7) - n;
  const Point normal = cross(alanine.at(4) - n, alanine.at(8) - n), up = (norm(arm) / norm(normal)) * normal;
  testing::detail::put(bent.data(), 7, n + std::cos(1.0) * arm + std::sin(1.0) * up);
  CHECK_THROWS_WITH(StructureCheck(alanine.structure.topology, bent.data(), {}),
                    Catch::Contains("has itself a fault: hydrogen placement of N of ALA 2, H of ALA 2"));
  CHECK_NOTHROW(StructureCheck(alanine.structure.topology, bent.data(), {.angle = 0}));
}
