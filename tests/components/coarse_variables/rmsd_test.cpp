// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/store/pdb_file.hpp"
#include "support/alanine_dipeptide.hpp"
#include "support/evaluated.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

namespace {

/// Turned by 0.7 about z, then by 1.1 about x, and moved.
std::vector<double> moved(const std::vector<double>& state) {
  std::vector<double> out;
  for (std::size_t i = 0; i < state.size(); i += 3) {
    const double x = std::cos(0.7) * state[i] - std::sin(0.7) * state[i + 1];
    const double y = std::sin(0.7) * state[i] + std::cos(0.7) * state[i + 1];
    out.insert(out.end(), {x + 1, std::cos(1.1) * y - std::sin(1.1) * state[i + 2] - 2,
                           std::sin(1.1) * y + std::cos(1.1) * state[i + 2] + 0.3});
  }
  return out;
}

}  // namespace

TEST_CASE("rmsd is 0 for a structure that was only moved and turned", "[unit]") {
  const testing::ScratchFolder folder;
  const std::string pdb = folder.write("ala.pdb", testing::alanine_dipeptide_pdb()).string();
  const Structure structure = read_pdb(pdb);
  const std::vector<double> state(structure.frames.data(), structure.frames.data() + 66);
  const auto variable = testing::make<CoarseVariable>("{type: rmsd, reference: " + pdb + "}");
  CHECK(testing::at(*variable, state).value < 1e-9);
  CHECK(testing::at(*variable, moved(state)).value < 1e-9);

  std::vector<double> changed = moved(state);
  changed[0] += 0.05;  // H1 of ACE: hydrogen does not count
  CHECK(testing::at(*variable, changed).value < 1e-9);
  changed[24] += 0.05;  // CA
  CHECK(testing::at(*variable, changed).value > 0.01);
}

TEST_CASE("rmsd of two stretched arms is known", "[unit]") {
  // Four atoms on the axes of a cross; both arms along x longer by 0.1: the best turn is none, and two of four atoms
  // are 0.1 off.
  const auto variable = testing::make<CoarseVariable>(
      "{type: rmsd, atoms: [0, 1, 2, 3], positions: [[1, 0, 0], [-1, 0, 0], [0, 2, 0], [0, -2, 0]]}");
  const auto [value, gradient] = testing::at(*variable, {1.1, 0, 0, -1.1, 0, 0, 0, 2, 0, 0, -2, 0});
  CHECK(value == Approx(0.1 / std::sqrt(2.0)).epsilon(1e-12));
  CHECK(gradient[0] == Approx(0.1 / (4 * value)).epsilon(1e-12));
  CHECK(gradient[3] == Approx(-0.1 / (4 * value)).epsilon(1e-12));
  CHECK(gradient[7] == Approx(0).margin(1e-12));
}

TEST_CASE("rmsd does not take a mirror image for the structure", "[unit]") {
  const auto variable = testing::make<CoarseVariable>(
      "{type: rmsd, atoms: [0, 1, 2, 3], positions: [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]}");
  CHECK(testing::at(*variable, {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}).value < 1e-12);
  CHECK(testing::at(*variable, {0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0}).value > 0.3);
}

TEST_CASE("rmsd needs one structure to compare with and atoms enough", "[unit]") {
  const auto message = [](const std::string& yaml) { return [yaml] { (void)configure("coarse_variable", yaml); }; };
  CHECK_THROWS_WITH(message("{type: rmsd, atoms: [0, 1, 2]}")(), Catch::Contains("exactly one of them"));
  CHECK_THROWS_WITH(message("{type: rmsd, atoms: [0, 1, 2], positions: [[0, 0, 0]]}")(),
                    Catch::Contains("must be one point for each of atoms"));
  CHECK_THROWS_WITH(message("{type: rmsd, atoms: [0, 1], positions: [[0, 0, 0], [1, 0, 0]]}")(),
                    Catch::Contains("at least 3"));
}
