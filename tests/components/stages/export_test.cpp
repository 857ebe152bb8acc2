// SPDX-License-Identifier: MIT
// What export writes, read back; what other programs make of it is in tests/workflows/molecule_test.sh.
#include <catch2/catch.hpp>

#include "liftwell/pipeline/graph.hpp"
#include "liftwell/store/dcd_file.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "support/workflow_run.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

const std::string two_atoms =
    "ATOM      1  N   ALA A   2       0.000   0.000   0.000  1.00  0.00           N\n"
    "ATOM      2  CA  ALA A   2       1.449   0.000   0.000  1.00  0.00           C\nEND\n";

/// Three walkers of a pair of atoms, eight frames each, under a window on the first coordinate.
std::string workflow(const std::filesystem::path& pdb, const std::string& more = "") {
  return R"(name: pair
seed: 5
systems:
  pair: {potential: {type: harmonic, centre: [0, 0, 0, 0.1449, 0, 0]}, temperature: 0.01, integrator: {type: leimkuhler_matthews, timestep: 0.01}}
coarse_variables: {x: {type: coordinate, index: 0}}
biases: {window: {type: harmonic, on: x, stiffness: 1}}
pipeline:
  centres: {targets: {type: list, on: x, values: [0.25, -0.5, 1]}}
  starts: {reinitialize: {type: single_structure, position: [0, 0, 0, 0.1449, 0, 0]}, system: pair, at: centres, bias: window}
  windows: {simulate: pair, bias: window, starts: starts, steps: 80, stride: 10}
  files: {export: windows, starts: starts, structure: )" +
         pdb.string() + ", on: x" + more + "}\n";
}

}  // namespace

TEST_CASE("frames, coarse values and starts are written as they are", "[unit]") {
  const TemporaryFolder folder;
  write_file(folder / "pair.pdb", two_atoms);
  WorkflowRun run(workflow(folder / "pair.pdb", ", every: 2"));
  run.play();
  const std::filesystem::path out = run.output("files"), walkers = out / "windows-cycle-0";
  const Matrix frames = read_dcd(walkers / "walker-00002.dcd");
  REQUIRE(frames.rows() == 4);
  std::vector<std::vector<float>> saved;
  run.result<Ensemble>("windows")->for_each_chunk([&](const FrameChunk& chunk) {
    for (Index frame = 0; frame < chunk.frames; ++frame)
      saved.emplace_back(chunk.state(frame, 2), chunk.state(frame, 2) + 6);
  });
  REQUIRE(saved.size() == 8);
  for (const Index row : {0, 1, 3})
    for (Index d = 0; d < 6; ++d)
      CHECK(frames(row, d) ==
            Approx(saved[static_cast<std::size_t>(2 * row + 1)][static_cast<std::size_t>(d)]).epsilon(1e-6));

  std::istringstream colvar(read_file(walkers / "walker-00002.colvar"));
  std::string line;
  std::getline(colvar, line);
  CHECK(line == "#! FIELDS time x");
  std::getline(colvar, line);
  CHECK(line == "# the first 0 frames are those that the stage discards; windows are in walkers.txt");
  double time = 0, x = 0;
  REQUIRE(colvar >> time >> x);
  CHECK(time == Approx(0.2));
  CHECK(x == Approx(saved[1][0]).epsilon(1e-5));
  CHECK(read_file(walkers / "walkers.txt") ==
        "# walker window centre_x origin\n0 0 0.25 single_structure\n1 1 -0.5 single_structure\n2 2 1 "
        "single_structure\n");

  const Structure starts = read_pdb(out / "starts.pdb");
  CHECK(starts.frames.rows() == 3);
  CHECK(starts.topology[1].name == "CA");
  CHECK(starts.frames(2, 3) == Approx(0.1449).margin(1e-4));
  CHECK(read_file(out / "starts.txt").find("\n2 -0.5 0 single_structure\n") != std::string::npos);
  CHECK(run.result<Findings>("files")->values.at("export.frames") == 12);
}

TEST_CASE("a PDB of another molecule is refused before anything runs", "[unit]") {
  const TemporaryFolder folder;
  write_file(folder / "three.pdb",
             two_atoms.substr(0, two_atoms.find("END")) +
                 "ATOM      3  C   ALA A   2       2.000   1.400   0.000  1.00  0.00           C\nEND\n");
  const auto file = folder / "workflow.yaml";
  write_file(file, workflow(folder / "three.pdb"));
  const WorkflowReading reading = read_workflow(file, {});
  REQUIRE(reading.workflow);
  const Diagnostics errors = check_pipeline(*reading.workflow);
  REQUIRE_FALSE(errors.empty());
  CHECK(errors.front().path == "pipeline.files.structure");
  CHECK(errors.front().message.find("3 atoms") != std::string::npos);
}

// The system is known from the stage that simulated it, and of that from the one that started it.
TEST_CASE("a structure whose atoms are not in the order of the system is refused", "[unit]") {
  const TemporaryFolder folder;
  const std::string data = std::string(LIFTWELL_SOURCE_DIR) + "/workflows/data/alanine_dipeptide/";
  const std::string pdb = read_file(data + "start.pdb");
  const auto line = [&](const char* atom) { return pdb.rfind('\n', pdb.find(atom)) + 1; };
  std::string swapped = pdb;  // CA and C of alanine
  swapped.replace(line(" C   ALA"), 80, pdb.substr(line(" CA  ALA"), 80));
  swapped.replace(line(" CA  ALA"), 80, pdb.substr(line(" C   ALA"), 80));
  write_file(folder / "swapped.pdb", swapped);
  const auto errors_with = [&](const std::string& structure, const std::string& topology) {
    const auto file = folder / "order.yaml";
    write_file(file,
               "name: order\nunits: molecular\nsystems:\n  ala: {type: openmm, system: " + data +
                   "system.xml, structure: " + data +
                   "start.pdb, temperature: 300 K, timestep: 2 fs}\ncoarse_variables:\n  psi: {type: dihedral, of: "
                   "psi(ALA 2), topology: " +
                   topology +
                   "}\npipeline:\n  start: {reinitialize: {type: single_structure}, system: ala}\n  run: {simulate: "
                   "ala, starts: start, steps: 10, stride: 5}\n  files: {export: run, structure: " +
                   structure + ", on: psi}\n");
    const WorkflowReading reading = read_workflow(file, {});
    REQUIRE(reading.workflow);
    return check_pipeline(*reading.workflow);
  };
  const std::string bad = (folder / "swapped.pdb").string(), good = data + "start.pdb";
  CHECK(errors_with(good, good).empty());
  const Diagnostics of_structure = errors_with(bad, good), of_variable = errors_with(good, bad);
  REQUIRE(of_structure.size() == 1);
  CHECK(of_structure.front().path == "pipeline.files.structure");
  CHECK_THAT(of_structure.front().message, Catch::Contains("where the molecule of the system has"));
  REQUIRE(of_variable.size() == 1);
  CHECK(of_variable.front().path == "pipeline.files.on");
  CHECK_THAT(of_variable.front().message, Catch::Contains("coarse variable psi: its file has"));
}
