// SPDX-License-Identifier: MIT
// Biases on coarse variables of molecules against those that OpenMM computes by itself.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "liftwell/families/bias.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "support/conformations.hpp"
#include "support/evaluated.hpp"
#include "support/modules.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;

namespace {

const std::string data = std::string(LIFTWELL_SOURCE_DIR) + "/workflows/data/alanine_dipeptide/";

/// A force as openmm.XmlSerializer writes it.
std::string force(const std::string& type, const std::string& version, const std::string& energy,
                  const std::string& lists) {
  return fmt::format(R"(<Force energy="{}" forceGroup="0" name="{}" type="{}"{} version="{}">{}</Force>)", energy, type,
                     type, type == "CustomCVForce" ? "" : R"( usesPeriodic="0")", version,
                     "<GlobalParameters/><EnergyParameterDerivatives/>" + lists);
}

std::string bonds_force(const std::string& energy, const std::vector<std::pair<int, int>>& pairs) {
  std::string bonds;
  for (const auto& [a, b] : pairs) bonds += fmt::format(R"(<Bond p1="{}" p2="{}"/>)", a, b);
  return force("CustomBondForce", "3", energy, "<PerBondParameters/><Bonds>" + bonds + "</Bonds>");
}

std::string on_variable(const std::string& energy, const std::string& variable) {
  std::string named = variable;
  return force("CustomCVForce", "0", energy,
               R"(<CollectiveVariables><CollectiveVariable name="v">)" + named +
                   "</CollectiveVariable></CollectiveVariables><Functions/>");
}

std::string rmsd_force(const Structure& reference, const std::vector<int>& atoms) {
  std::string positions, particles;
  for (Index i = 0; i < reference.topology.size(); ++i)
    positions += fmt::format(R"(<Position x="{}" y="{}" z="{}"/>)", reference.frames(0, 3 * i),
                             reference.frames(0, 3 * i + 1), reference.frames(0, 3 * i + 2));
  for (const int atom : atoms) particles += fmt::format(R"(<Particle index="{}"/>)", atom);
  return R"(<Force forceGroup="0" name="RMSDForce" type="RMSDForce" version="0"><ReferencePositions>)" + positions +
         "</ReferencePositions><Particles>" + particles + "</Particles></Force>";
}

}  // namespace

TEST_CASE("A bias has the energy and the forces that OpenMM's own custom forces have", "[unit]") {
  if (!testing::has_module("openmm")) {
    WARN("not tested: the module openmm is not in this build");
    return;
  }
  const testing::TemporaryFolder folder;
  const Structure molecule = read_pdb(data + "start.pdb");
  const Matrix states = testing::conformations(molecule.topology, molecule.frames, 20);
  const auto system = [&](const std::string& file) {
    return testing::make<System>("{type: openmm, system: " + file + ", structure: " + data +
                                 "start.pdb, temperature: 300 K, timestep: 1 fs, platform: reference}");
  };
  const std::string file = read_file(data + "system.xml");
  const auto plain = system(data + "system.xml");

  struct Pair {
    std::string variable;
    double centre, stiffness;
    std::string force;
  };
  const std::vector<Pair> pairs{
      {"{type: dihedral, atoms: [4, 6, 8, 14]}", 1.2, 200,
       force("CustomTorsionForce", "3", "100*min(d,6.283185307179586-d)^2; d=abs(theta-1.2)",
             R"(<PerTorsionParameters/><Torsions><Torsion p1="4" p2="6" p3="8" p4="14"/></Torsions>)")},
      {"{type: angle, atoms: [4, 6, 8]}", 1.9, 100,
       force("CustomAngleForce", "3", "50*(theta-1.9)^2",
             R"(<PerAngleParameters/><Angles><Angle p1="4" p2="6" p3="8"/></Angles>)")},
      {"{type: distance, atoms: [4, 16]}", 0.5, 4000, bonds_force("2000*(r-0.5)^2", {{4, 16}})},
      {"{type: rmsd, reference: " + data + "start.pdb, atoms: [4, 6, 8, 14, 16]}", 0.05, 6000,
       on_variable("3000*(v-0.05)^2", rmsd_force(molecule, {4, 6, 8, 14, 16}))},
      {"{type: coordination_number, atoms: [4, 5], with_atoms: [15, 16], radius: 0.35, numerator: 6, denominator: 12}",
       1.5, 80,
       on_variable("40*(v-1.5)^2",
                   bonds_force("(1-(r/0.35)^6)/(1-(r/0.35)^12)", {{4, 15}, {4, 16}, {5, 15}, {5, 16}}))}};
  for (const Pair& pair : pairs) {
    CAPTURE(pair.variable);
    std::string with = file;
    with.insert(with.rfind("</Forces>"), pair.force);
    write_file(folder / "with.xml", with);
    const auto biased = system((folder / "with.xml").string());
    const auto bias =
        testing::make<Bias>(fmt::format("{{type: harmonic, on: {}, stiffness: {}}}", pair.variable, pair.stiffness));
    double moved = 0;
    for (Index i = 0; i < states.rows(); ++i) {
      const std::vector<double> x(states.row(i).begin(), states.row(i).end());
      const testing::Evaluated with_force = testing::at(*biased->potential(), x);
      const testing::Evaluated without = testing::at(*plain->potential(), x);
      BlockBuffer centre(1, lane_multiple);
      centre.block().flat().setConstant(pair.centre);
      const testing::Evaluated own =
          testing::at(BiasedSurface(*plain->potential(), *bias, std::as_const(centre).block()), x);
      CHECK(own.value - without.value == Approx(with_force.value - without.value).epsilon(1e-6).margin(1e-6));
      for (std::size_t d = 0; d < x.size(); ++d) {
        const double forced = with_force.gradient[d] - without.gradient[d];
        const double mine = own.gradient[d] - without.gradient[d];
        REQUIRE(mine == Approx(forced).epsilon(1e-5).margin(1e-3));
        moved = std::max(moved, std::abs(forced));
      }
    }
    CHECK(moved > 10);  // kJ/mol/nm: it is there
  }
}
