// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "liftwell/store/pdb_file.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

namespace {

constexpr double degree = std::numbers::pi / 180;

/// a-b-c-d with b-c along z, and d turned by `radians` from a.
std::vector<double> turned(double radians) {
  return {0.1, 0, 0, 0, 0, 0, 0, 0, 0.15, 0.1 * std::cos(radians), 0.1 * std::sin(radians), 0.2};
}

std::unique_ptr<CoarseVariable> plain() {
  return testing::make<CoarseVariable>("{type: dihedral, atoms: [0, 1, 2, 3]}");
}

}  // namespace

TEST_CASE("dihedral is clockwise seen along the middle bond, on a circle of 2 pi", "[unit]") {
  const auto variable = plain();
  REQUIRE(variable->period());
  CHECK(*variable->period() == Approx(2 * std::numbers::pi).epsilon(1e-15));
  // Seen along z, from b to c, x turns clockwise to y.
  for (const double wanted : {-3.0, -1.5, -1e-9, 0.0, 1e-9, 2.0, 3.1})
    CHECK(std::abs(testing::at(*variable, turned(wanted)).value - wanted) < 1e-14);
}

TEST_CASE("dihedral crosses its cut without a jump of the gradient", "[unit]") {
  const auto variable = plain();
  const auto before = testing::at(*variable, turned(std::numbers::pi - 1e-7));
  const auto after = testing::at(*variable, turned(std::numbers::pi + 1e-7));
  CHECK(before.value == Approx(std::numbers::pi - 1e-7));
  CHECK(after.value == Approx(-std::numbers::pi + 1e-7));
  for (std::size_t d = 0; d < 12; ++d) CHECK(before.gradient[d] == Approx(after.gradient[d]).margin(1e-5));
}

TEST_CASE("dihedral of atoms in line stays finite, with the gradient of the end that is defined", "[unit]") {
  const auto [value, gradient] = testing::at(*plain(), {0, 0, -0.1, 0, 0, 0, 0, 0, 0.15, 0.1, 0, 0.2});
  CHECK(std::isfinite(value));
  for (const double entry : gradient) CHECK(std::isfinite(entry));
  CHECK(gradient[10] == Approx(10).epsilon(1e-12));  // d moves across its arm of 0.1 nm
}

TEST_CASE("phi and psi of alanine dipeptide are named by their residue", "[unit]") {
  const testing::ScratchFolder folder;
  const std::string pdb = folder.write("ala.pdb", testing::alanine_dipeptide_pdb()).string();
  const Structure structure = read_pdb(pdb);
  const std::vector<double> state(structure.frames.data(), structure.frames.data() + 66);
  const auto measured = [&](const std::string& of) {
    const auto variable = testing::make<CoarseVariable>("{type: dihedral, of: \"" + of + "\", topology: " + pdb + "}");
    CHECK(variable->misfit(66).empty());
    CHECK_THAT(variable->misfit(69), Catch::Contains("22 atoms"));
    return testing::at(*variable, state).value / degree;
  };
  // The structure was built with these torsions; the file has three decimals.
  CHECK(measured("phi(ALA 2)") == Approx(-80).margin(0.1));
  CHECK(measured("psi(ALA 2)") == Approx(60).margin(0.1));
  CHECK(std::abs(measured("omega(ALA 2)")) == Approx(180).margin(0.1));

  const auto refused = [&](const std::string& yaml) { return [yaml] { (void)configure("coarse_variable", yaml); }; };
  CHECK_THROWS_WITH(refused("{type: dihedral, of: phi(ACE 1), topology: " + pdb + "}")(),
                    Catch::Contains("of: cannot be used: ACE 1 has no phi"));
  CHECK_THROWS_WITH(refused("{type: dihedral, of: [name CA, name CB], topology: " + pdb + "}")(),
                    Catch::Contains("4 atoms are needed, and 2 selections are given"));
  CHECK_THROWS_WITH(refused("{type: dihedral, of: [name CA, name CB, name H1, resid 2], topology: " + pdb + "}")(),
                    Catch::Contains("selects 2 atoms"));
  CHECK_THROWS_WITH(refused("{type: dihedral, atoms: [4, 6, 8, 22], topology: " + pdb + "}")(),
                    Catch::Contains("there is no atom 22; the molecule has 22"));
  const std::string broken = folder.write("broken.pdb", "no molecule\n").string();
  CHECK_THROWS_WITH(refused("{type: dihedral, of: phi(ALA 2), topology: " + broken + "}")(),
                    Catch::Contains("topology: cannot be used: broken.pdb has no ATOM"));
}
