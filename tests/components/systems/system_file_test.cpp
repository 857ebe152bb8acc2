// SPDX-License-Identifier: MIT
#include "systems/system_file.hpp"

#include <catch2/catch.hpp>

#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using Catch::Matchers::Contains;

namespace {

SystemFile read(const std::string& text) {
  const testing::TemporaryFolder folder;
  write_file(folder / "system.xml", text);
  return read_system_file(folder / "system.xml");
}

std::string system_of(const std::string& particles, const std::string& constraints, const std::string& forces) {
  return "<?xml version=\"1.0\" ?>\n<System openmmVersion=\"7.7\" type=\"System\" version=\"1\">\n<Particles>\n" +
         particles + "</Particles>\n<Constraints>\n" + constraints + "</Constraints>\n<Forces>\n" + forces +
         "</Forces>\n</System>\n";
}

const std::string two = "<Particle mass=\"12.01\"/>\n<Particle mass=\"1.008\"/>\n";

}  // namespace

TEST_CASE("a System's particles, constraints and springs are read without OpenMM", "[unit]") {
  const SystemFile file = read(
      system_of(two + "<Particle mass=\"16\"/>\n", "<Constraint d=\".109\" p1=\"0\" p2=\"1\"/>\n",
                "<Force type=\"HarmonicBondForce\" version=\"2\"><Bonds><Bond d=\".1\" k=\"476976\" p1=\"0\" p2=\"2\"/>"
                "<Bond d=\".1\" k=\"1e9\" p1=\"1\" p2=\"0\"/></Bonds></Force>\n"
                "<Force type=\"NonbondedForce\"><Particles><Particle eps=\"1\" q=\"0\" sig=\"1\"/></Particles></Force>"
                "<Force frequency=\"1\" type=\"CMMotionRemover\" version=\"1\"/>"));
  REQUIRE(file.particles.masses.size() == 3);
  CHECK(file.particles.masses[1] == 1.008);
  REQUIRE(file.particles.constraints.size() == 1);
  CHECK(file.particles.constraints[0].distance == 0.109);
  CHECK(file.particles.hold_centre);
  CHECK(file.particles.degrees_of_freedom() == 5);
  CHECK(file.forces == std::vector<std::string>{"HarmonicBondForce", "NonbondedForce", "CMMotionRemover"});
  REQUIRE(file.springs.size() == 2);
  CHECK(file.springs[0].stiffness == 476976);
  CHECK(file.springs[0].length == 0.1);
}

TEST_CASE("what is no System, or moves atoms in ways of its own, is refused with its place", "[unit]") {
  CHECK_THROWS_WITH(read("nothing"), Contains("is no XML"));
  CHECK_THROWS_WITH(read("<ForceField>\n</ForceField>"), Contains("is a force field, not a System"));
  CHECK_THROWS_WITH(read("<State type=\"State\"></State>"), Contains("begins with <State>"));
  CHECK_THROWS_WITH(read("<System>\n<Particles>\n" + two), Contains("ends too early"));
  CHECK_THROWS_WITH(read(system_of("", "", "")), Contains("has no particles"));
  CHECK_THROWS_WITH(read(system_of("<Particle mass=\"heavy\"/>\n", "", "")),
                    Contains("system.xml:4: 'mass' of <Particle> is no number: 'heavy'"));
  CHECK_THROWS_WITH(read(system_of(two, "<Constraint d=\".1\" p1=\"0\" p2=\"2\"/>", "")),
                    Contains("system.xml:8: <Constraint> names particle 2, but there are 2"));
  CHECK_THROWS_WITH(
      read(system_of(two + "<Particle mass=\"0\"><TwoParticleAverageSite p1=\"0\"/></Particle>\n", "", "")),
      Contains("particle 2 is a virtual site"));
  CHECK_THROWS_WITH(read(system_of(two, "", "<Force type=\"MonteCarloBarostat\"/>")),
                    Contains("MonteCarloBarostat changes the volume"));
}

// Half of k (r − r0)² as a formula of a CustomBondForce was no bond to the limit of the time step.
TEST_CASE("bonds whose energy is a formula are springs near their rest", "[unit]") {
  const auto force = [](const std::string& energy, const std::string& rest) {
    return "<Force energy=\"" + energy +
           "\" type=\"CustomBondForce\"><PerBondParameters><Parameter name=\"k\"/><Parameter name=\"r0\"/>"
           "</PerBondParameters><GlobalParameters><Parameter default=\"2\" name=\"scale\"/></GlobalParameters><Bonds>"
           "<Bond p1=\"1\" p2=\"0\" param1=\"1000\" param2=\"" +
           rest + "\"/></Bonds></Force>\n";
  };
  const SystemFile harmonic = read(system_of(two, "", force("scale*k/2*(r-r0)^2", ".109")));
  REQUIRE(harmonic.springs.size() == 1);
  CHECK(harmonic.springs[0].a == 1);
  CHECK(harmonic.springs[0].b == 0);
  CHECK(harmonic.springs[0].stiffness == Approx(2000));
  CHECK(harmonic.springs[0].length == Approx(0.109).margin(1e-3));
  // Morse: k is D, the second derivative at rest 2 D a² with a = 20.
  const SystemFile morse = read(system_of(two, "", force("k*(1 - exp(-20*(r-r0)))^2", ".15")));
  REQUIRE(morse.springs.size() == 1);
  CHECK(morse.springs[0].stiffness == Approx(2 * 1000 * 400).epsilon(0.02));
  const SystemFile parts = read(system_of(two, "", force("c*dr^2; dr = r - at; c=half*k; half=1/2; at=r0;", ".109")));
  REQUIRE(parts.springs.size() == 1);
  CHECK(parts.springs[0].stiffness == Approx(1000));
  CHECK(parts.springs[0].length == Approx(0.109).margin(1e-3));
  CHECK(read(system_of(two, "", force("k*r", ".1"))).springs.empty());              // no minimum
  CHECK(read(system_of(two, "", force("c*(r-r0)^2; d=k", ".1"))).springs.empty());  // c is nowhere
}
