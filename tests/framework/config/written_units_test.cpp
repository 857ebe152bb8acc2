// SPDX-License-Identifier: MIT
#include "liftwell/config/written_units.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;

namespace {

/// "PATH: MESSAGE" of what is wrong with a workflow about an angle phi and a distance d.
std::vector<std::string> faults(const std::string& stiffness, const std::string& pipeline) {
  const testing::TemporaryFolder folder;
  write_file(folder / "w.yaml", R"(name: units
seed: 1
units: molecular
coarse_variables: {phi: {type: dihedral, atoms: [0, 1, 2, 3]}, d: {type: distance, atoms: [0, 1]}}
biases: {w: {type: harmonic, on: [phi, d], stiffness: )" +
                                    stiffness +
                                    R"(}}
pipeline:
)" + pipeline);
  std::vector<std::string> out;
  for (const Diagnostic& error : read_workflow(folder / "w.yaml", {}, Registry::global()).errors)
    out.push_back(error.path + ": " + error.message);
  return out;
}

}  // namespace

TEST_CASE("Units written for a coarse variable are those of what it is", "[unit]") {
  CHECK(faults("[200 kJ/mol/rad^2, 5 kcal/mol/angstrom^2]",
               "  t: {targets: {type: list, on: [phi, d], values: [60 deg, 0.2 nm, 1, 3 angstrom]}}\n")
            .empty());
  const std::vector<std::string> found =
      faults("[200 kJ/mol/angstrom^2, 5]",
             "  t: {targets: {type: list, on: d, values: [4 deg]}}\n"
             "  u: {targets: {type: list, on: [phi, d], values: [60 deg, 0.2 nm, 1 nm, 3 angstrom]}}\n");
  std::string all;
  for (const std::string& fault : found) all += fault + "\n";
  CAPTURE(all);
  CHECK(found.size() == 3);
  CHECK_THAT(all, Catch::Contains("biases.w.stiffness: has the unit 'kJ/mol/angstrom^2', but phi is an angle"));
  CHECK_THAT(all, Catch::Contains("pipeline.t.targets.values: has the unit 'deg', but d is a length"));
  CHECK_THAT(all, Catch::Contains("pipeline.u.targets.values: has the unit 'nm', but phi is an angle"));
}

TEST_CASE("Degrees without their unit are no angles, whatever they say of one", "[unit]") {
  std::string all;
  for (const std::string& fault :
       faults("[200, 5]",
              "  t: {targets: {type: grid, on: [phi, d], low: [-180, -20], high: [180 deg, 20], spacing: [30, 30]}}\n"
              "  u: {targets: {type: list, on: phi, values: [5, 6.2832, -6.4]}}\n"))
    all += fault + "\n";
  CAPTURE(all);
  CHECK(std::count(all.begin(), all.end(), '\n') == 4);
  CHECK_THAT(all, Catch::Contains("pipeline.t.targets.low: is more than one turn: phi is an angle, in rad"));
  CHECK_THAT(all, Catch::Contains("pipeline.t.targets.spacing: is more than one turn"));
  CHECK_THAT(all, Catch::Contains("pipeline.u.targets.values: is more than one turn"));
}

TEST_CASE("What a component without variables of its own says is about those of the one that it is part of", "[unit]") {
  const std::string profile =
      "  s: {reinitialize: {type: single_structure}, system: {potential: {type: harmonic, centre: [0, 0, 0, 0, 0, 0, "
      "0, "
      "0, 0, 0, 0, 0], stiffness: 1}, temperature: 300 K, integrator: {type: leimkuhler_matthews, timestep: 1 fs}}}\n"
      "  e: {estimate: {type: mbar}, data: s, on: [phi, d], low: [-180 deg, 0], high: [180 deg, 1 nm], bins: [6, 6], "
      "differences: {x: {variable: d, of: [0 nm, 90 deg], against: [1, 2]}}}\n";
  std::string all;
  for (const std::string& fault : faults("[1, 1]", profile)) all += fault + "\n";
  CHECK_THAT(all, Catch::Contains("pipeline.e.differences.x.of: has the unit 'deg', but d is a length"));
  CHECK_THAT(all, !Catch::Contains("'nm', but"));
  CHECK_THAT(all, !Catch::Contains("pipeline.e.low"));
}

TEST_CASE("What moves a bias is in the units of its variables", "[unit]") {
  const std::string starts =
      "  a: {reinitialize: {type: single_structure}, system: {potential: {type: harmonic, centre: [0, 0, 0, 0, 0, 0, "
      "0, "
      "0, 0, 0, 0, 0], stiffness: 1}, temperature: 300 K, integrator: {type: leimkuhler_matthews, timestep: 1 fs}}}\n";
  std::string all;
  for (const std::string& fault : faults(
           "[1, 1]", starts + "  b: {targets: {type: list, on: [phi, d], values: [1, 1]}}\n"
                              "  c: {steer: {potential: {type: harmonic, centre: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "
                              "stiffness: 1}, temperature: 300 K, integrator: {type: leimkuhler_matthews, timestep: 1 "
                              "fs}}, bias: w, starts: a, from: [1, 1 nm], to: [0.3 nm, 20], steps: 100}\n"))
    all += fault + "\n";
  CAPTURE(all);
  CHECK_THAT(all, Catch::Contains("pipeline.c.to: has the unit 'nm', but phi is an angle"));
  CHECK_THAT(all, !Catch::Contains("pipeline.c.from"));
  CHECK_THAT(all, !Catch::Contains("one turn"));  // 20 is a distance
}

TEST_CASE("The speed of pulling is in the unit of what is pulled", "[unit]") {
  const auto pulled = [](const std::string& speed) {
    const testing::TemporaryFolder folder;
    write_file(folder / "w.yaml",
               "name: units\nseed: 1\nunits: molecular\n"
               "coarse_variables: {phi: {type: dihedral, atoms: [0, 1, 2, 3]}}\n"
               "biases: {w: {type: harmonic, on: phi, stiffness: 1}}\n"
               "start_policies: {p: {type: steered, pull: w, speed: " +
                   speed + "}}\npipeline: {}\n");
    std::string out;
    for (const Diagnostic& error : read_workflow(folder / "w.yaml", {}, Registry::global()).errors)
      out += error.path + ": " + error.message + "\n";
    return out;
  };
  CHECK_THAT(pulled("2 nm/ps"), Catch::Contains("speed: has the unit 'nm/ps', but phi is an angle"));
  CHECK_THAT(pulled("20"), Catch::Contains("speed: is more than one turn in each ps"));
  CHECK_THAT(pulled("20 deg/ps"), !Catch::Contains("speed"));
  CHECK_THAT(pulled("2"), !Catch::Contains("speed"));
}

TEST_CASE("What a variable says of itself, and ends without end, are no angles of another", "[unit]") {
  const testing::TemporaryFolder folder;
  write_file(folder / "w.yaml", R"(name: units
seed: 1
units: molecular
coarse_variables:
  phi: {type: dihedral, atoms: [0, 1, 2, 3]}
  sum: {type: linear, weights: [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], offset: 10}
biases: {w: {type: harmonic, on: [phi, sum], stiffness: [1, 1]}}
pipeline:
  s: {reinitialize: {type: single_structure}, system: {potential: {type: harmonic, centre: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], stiffness: 1}, temperature: 300 K, integrator: {type: leimkuhler_matthews, timestep: 1 fs}}}
  e: {estimate: {type: mbar}, data: s, on: phi, low: -180 deg, high: 180 deg, bins: 6, differences: {x: {of: [-inf, 0], against: [0, inf]}}}
)");
  std::string all;
  for (const Diagnostic& error : read_workflow(folder / "w.yaml", {}, Registry::global()).errors)
    all += error.path + ": " + error.message + "\n";
  CAPTURE(all);
  CHECK_THAT(all, !Catch::Contains("turn"));
}
