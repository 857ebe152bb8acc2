// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "liftwell/base/error.hpp"
#include "liftwell/data/pdb.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/conformations.hpp"
#include "support/contracts/representation_laws.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

namespace {

/// Alanine dipeptide with its coordinates.
struct Alanine {
  testing::ScratchFolder folder;
  std::string pdb = folder.write("ala.pdb", testing::alanine_dipeptide_pdb()).string();
  Structure structure = read_pdb(pdb);

  [[nodiscard]] std::unique_ptr<Representation> representation(const std::string& more = "") const {
    return testing::make<Representation>("{type: internal_coordinates, topology: " + pdb + more + "}");
  }
  [[nodiscard]] Matrix states(Index count, const testing::ConformationLaw& law = {}) const {
    return testing::conformations(structure.topology, structure.frames, count, law);
  }
};

/// Of alanine's alpha carbon: positive for L.
double chirality(const Matrix& states, Index row) {
  const auto at = [&](Index atom) { return point(&states(row, 0), atom); };
  return dot(cross(at(6) - at(8), at(14) - at(8)), at(10) - at(8));
}

}  // namespace

TEST_CASE("Any conformation of a peptide comes back from its internal coordinates", "[unit]") {
  const Alanine molecule;
  const Matrix states = molecule.states(500, {.noise = 0.01});
  const auto map = molecule.representation()->with(molecule.representation()->fit(states.cast<float>(), true));
  CHECK(map->size() == 60);
  CHECK(contracts::difference_of_shape(states, map->states_of(map->coordinates_of(states))) < 1e-12);
}

TEST_CASE("One torsion turns around each bond, phi and psi among them; all else hardly varies", "[unit]") {
  const Alanine molecule;
  const Matrix states = molecule.states(2000);
  const auto map = molecule.representation()->with(molecule.representation()->fit(states.cast<float>(), true));
  CHECK((map->periods().array() > 0).count() == 7);
  const std::vector<std::string> names = map->names();
  const Matrix q = map->coordinates_of(states);
  for (const std::string angle : {"phi(ALA 2)", "psi(ALA 2)", "omega(ALA 2)", "omega(ACE 1)"}) {
    const auto variable =
        testing::make<CoarseVariable>("{type: dihedral, of: " + angle + ", topology: " + molecule.pdb + "}");
    const auto value = [&](Index i) { return testing::at(*variable, {&states(i, 0), &states(i, 0) + 66}).value; };
    Index found = 0;
    while (found < map->size() && std::abs(q(0, found) - value(0)) > 1e-12) ++found;
    INFO(angle);
    REQUIRE(found < map->size());
    CHECK(map->periods()[found] == Approx(2 * std::numbers::pi));
    for (Index i = 0; i < 8; ++i) CHECK(value(i) == Approx(q(i, found)).margin(1e-12));
  }
  for (Index j = 0; j < map->size(); ++j)
    if (map->periods()[j] == 0) {
      const double width = q.col(j).maxCoeff() - q.col(j).minCoeff();
      INFO(names[static_cast<std::size_t>(j)]);
      CHECK(width < (names[static_cast<std::size_t>(j)].starts_with("bond") ? 0.06 : 1.2));
    }
}

TEST_CASE("No turn of a torsion changes chirality or the place of hydrogens on their carbon", "[unit]") {
  const Alanine molecule;
  const Matrix states = molecule.states(500);
  const auto map = molecule.representation()->with(molecule.representation()->fit(states.cast<float>(), true));
  Matrix q = map->coordinates_of(states);
  RandomSequence random(RandomStream::named(6, {"turns"}), 0);
  for (double& number : q.reshaped()) {
    const Index j = (&number - q.data()) % q.cols();
    if (map->periods()[j] > 0) number = (2 * random.uniform() - 1) * std::numbers::pi;
  }
  const Matrix turned = map->states_of(q);
  const auto apart = [&](Index row, Index a, Index b) {
    return norm(point(&turned(row, 0), a) - point(&turned(row, 0), b));
  };
  for (Index i = 0; i < turned.rows(); ++i) {
    CHECK(chirality(turned, i) > 0.001);
    CHECK(apart(i, 11, 12) == Approx(0.178).margin(0.03));  // two hydrogens of the methyl group
  }
}

TEST_CASE("A torsion that data leave on one side is no circle, and is cut opposite to the data", "[unit]") {
  const Alanine molecule;
  // Amide bonds C-N do not turn: omega stays trans, at the cut of the usual period.
  const Matrix states = molecule.states(1000, {.stiff = {{4, 6}, {14, 16}}});
  const auto map = molecule.representation()->with(molecule.representation()->fit(states.cast<float>(), true));
  CHECK((map->periods().array() > 0).count() == 5);
  const Matrix q = map->coordinates_of(states);
  for (Index j = 0; j < map->size(); ++j)
    if (map->periods()[j] == 0) CHECK(q.col(j).maxCoeff() - q.col(j).minCoeff() < 1.2);
  // For models that know no circles every torsion has one cut, in the widest gap.
  const auto line = molecule.representation()->with(molecule.representation()->fit(states.cast<float>(), false));
  CHECK(line->periods().isZero(0));
  CHECK(contracts::difference_of_shape(states, line->states_of(line->coordinates_of(states))) < 1e-12);
}

TEST_CASE("Fixed bonds are held at their length, and the volume is that of constrained dynamics", "[unit]") {
  const Alanine molecule;
  const Matrix states = molecule.states(400, {.hydrogen_length = 0.109});
  const auto representation = molecule.representation(", constraints: h_bonds");
  const auto map = representation->with(representation->fit(states.cast<float>(), true));
  CHECK(map->size() == 48);
  const Matrix q = map->coordinates_of(states);
  const Matrix back = map->states_of(q);
  CHECK(contracts::difference_of_shape(states, back) < 1e-8);  // lengths come from single precision
  std::vector<double> masses;
  for (const Atom& atom : molecule.structure.topology.atoms) masses.push_back(atom.element->mass);
  const Vector volume = map->log_volume(back);
  const double offset = volume[0] - contracts::half_log_metric(*map, back.topRows(1), masses);
  double spread = 0;
  for (Index i = 1; i < 12; ++i) {
    CHECK(volume[i] - contracts::half_log_metric(*map, back.row(i), masses) == Approx(offset).margin(1e-6));
    spread = std::max(spread, std::abs(volume[i] - volume[0]));
  }
  CHECK(spread > 0.05);  // or the comparison would say nothing
}

TEST_CASE("What is no molecule is NaN", "[unit]") {
  const Alanine molecule;
  const Matrix states = molecule.states(100);
  const auto map = molecule.representation()->with(molecule.representation()->fit(states.cast<float>(), true));
  const Matrix q = map->coordinates_of(states.topRows(1));
  const auto broken = [&](Index j, double number) {
    Matrix changed = q;
    changed(0, j) = number;
    return map->states_of(changed).array().isNaN().all();
  };
  CHECK(broken(0, -0.1));
  CHECK(broken(21, 3.2));  // an angle beyond pi
  CHECK(broken(21, -0.1));
  Index plain = 59;
  while (map->periods()[plain] > 0) --plain;
  CHECK(broken(plain, q(0, plain) + 2 * std::numbers::pi));  // counted already
  CHECK_FALSE(broken(0, 0.2));
}

TEST_CASE("internal_coordinates says what it cannot be", "[unit]") {
  const Alanine molecule;
  const auto refused = [&](const std::string& yaml) {
    return [yaml] { (void)configure("representation", "{type: internal_coordinates, " + yaml + "}"); };
  };
  CHECK_THROWS_WITH(refused("bonds: [[0, 1], [2, 3], [1, 4]]")(),
                    Catch::Contains("bonds reach only 3 of 5 atoms; atom 2"));
  CHECK_THROWS_WITH(refused("bonds: [[0, 1]]")(), Catch::Contains("at least three atoms in a row"));
  CHECK_THROWS_WITH(refused("constraints: none")(), Catch::Contains("exactly one of them"));
  CHECK_THROWS_WITH(refused("bonds: [[0, 1], [1, 2]], constraints: all_bonds")(),
                    Catch::Contains("the law of constrained dynamics depends on them"));
  CHECK_THROWS_WITH(refused("bonds: [[0, 1], [1, 2]], constraints: all_bonds, masses: [1, 1]")(),
                    Catch::Contains("must be one for each atom"));
  CHECK_THROWS_WITH(refused("bonds: [[0, 1], [1, 2], [0, 2]], constraints: all_bonds, masses: [1, 1, 1]")(),
                    Catch::Contains("closes a ring"));
  CHECK_THROWS_WITH(refused("topology: " + molecule.pdb + ", torsions: [phi(ALA 2), phi(NME 3)]")(),
                    Catch::Contains("NME 3 has no phi"));
  CHECK_THROWS_WITH(refused("topology: " + molecule.pdb + ", torsions: [phi(ALA 2), index 4 6 8 10]")(),
                    Catch::Contains("cannot be one of the coordinates"));
  CHECK_THROWS_WITH(refused("topology: " + molecule.pdb + ", hydrogen_mass: 6")(), Catch::Contains("must be above 0"));
  Structure other_unit = molecule.structure;
  other_unit.topology.bonds.clear();  // so that they are found from distances
  other_unit.frames *= 0.1;
  const auto nm = molecule.folder.write("nm.pdb", pdb_text(other_unit.topology, other_unit.frames)).string();
  CHECK_THROWS_WITH(refused("topology: " + nm + ", torsions: phi(ALA 2)")(),
                    Catch::Contains("look like nm, and should be angstroms"));
  other_unit.frames *= 100;
  const auto large = molecule.folder.write("large.pdb", pdb_text(other_unit.topology, other_unit.frames)).string();
  CHECK_THROWS_WITH(refused("topology: " + large)(), Catch::Contains("look ten times too large"));
  CHECK_THROWS_WITH(molecule.representation(", constraints: h_bonds")->fit(molecule.states(50).cast<float>(), true),
                    Catch::Contains("set constraints to what the system fixes"));
  CHECK_THROWS_WITH(molecule.representation()->fit(molecule.states(50, {.hydrogen_length = 0.109}).cast<float>(), true),
                    Catch::Contains("does not vary in the data"));
  CHECK(molecule.representation()->misfit(66).empty());
  CHECK_THAT(molecule.representation()->misfit(63), Catch::Contains("22 atoms"));
}
