// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/conformations.hpp"
#include "support/contracts/representation_laws.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

TEST_CASE("aligned_cartesian obeys its laws on a whole peptide", "[unit]") {
  const testing::ScratchFolder folder;
  const std::string pdb = folder.write("ala.pdb", testing::alanine_dipeptide_pdb()).string();
  const auto representation = testing::make<Representation>(
      "{type: aligned_cartesian, of: [name N and resid 2, name CA, name C and resid 2], topology: " + pdb + "}");
  CHECK(contracts::representation_laws(*representation, 66) == contracts::BrokenLaws{});
  CHECK_THAT(representation->misfit(63), Catch::Contains("about 22 atoms"));
}

TEST_CASE("aligned_cartesian puts its three atoms at the origin, on the x axis and above it", "[unit]") {
  const auto representation = testing::make<Representation>("{type: aligned_cartesian, atoms: [2, 0, 1]}");
  const Matrix states = contracts::random_molecules(12, 8);
  const auto map = representation->with(representation->fit(states.cast<float>(), true));
  CHECK(map->size() == 6);
  const Matrix x = map->states_of(map->coordinates_of(states));
  for (Index i = 0; i < 8; ++i) {
    CHECK(x.row(i).segment(6, 3).isZero(0));
    CHECK((x(i, 0) > 0 && x(i, 1) == 0 && x(i, 2) == 0));
    CHECK((x(i, 4) > 0 && x(i, 5) == 0));
  }
  Matrix below = map->coordinates_of(states.topRows(1));
  below(0, 2) = -below(0, 2);
  CHECK(map->states_of(below).array().isNaN().all());
}

TEST_CASE("aligned_cartesian knows that fixed bonds leave it no density", "[unit]") {
  const testing::ScratchFolder folder;
  const std::string pdb = folder.write("ala.pdb", testing::alanine_dipeptide_pdb()).string();
  const Structure structure = read_pdb(pdb);
  const auto representation = testing::make<Representation>("{type: aligned_cartesian, atoms: [6, 8, 14]}");
  const auto with = [&](double length) {
    const Matrix states =
        testing::conformations(structure.topology, structure.frames, 300, {.hydrogen_length = length});
    return representation->with(representation->fit(states.cast<float>(), true));
  };
  CHECK(with(0)->why_no_volume().empty());
  CHECK_THAT(with(0.109)->why_no_volume(), Catch::Contains("as between atoms 0 and 1"));
  CHECK_THROWS_WITH(with(0.109)->log_volume(structure.frames), Catch::Contains("use internal_coordinates"));
}

TEST_CASE("aligned_cartesian needs three different atoms", "[unit]") {
  const auto message = [](const std::string& yaml) { return [yaml] { (void)configure("representation", yaml); }; };
  CHECK_THROWS_WITH(message("{type: aligned_cartesian, atoms: [0, 1]}")(),
                    Catch::Contains("three different atoms are needed, and 2 are given"));
  CHECK_THROWS_WITH(message("{type: aligned_cartesian, atoms: [0, 1, 1]}")(), Catch::Contains("three different atoms"));
  CHECK_THROWS_WITH(message("{type: aligned_cartesian}")(), Catch::Contains("exactly one of them"));
}
