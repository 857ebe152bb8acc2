// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <thread>
#include <vector>

#include "liftwell/data/pdb.hpp"
#include "liftwell/families/bias_stability.hpp"
#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/families/start_policy.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/store/array_file.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "support/contracts/integrator_laws.hpp"
#include "support/evaluated.hpp"
#include "support/modules.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using Catch::Matchers::Contains;

namespace {

const std::string data = std::string(LIFTWELL_SOURCE_DIR) + "/workflows/data/alanine_dipeptide/";

std::string molecule(const std::string& rest = "friction: 1 /ps, timestep: 2 fs",
                     const std::string& system = data + "system.xml",
                     const std::string& structure = data + "start.pdb") {
  return "{type: openmm, system: " + system + ", structure: " + structure + ", temperature: 300 K, " + rest + "}";
}

bool engine_is_there() {
  if (testing::has_module("openmm")) return true;
  WARN("not tested: the module openmm is not in this build");
  return false;
}

constexpr double kT = 0.00831446261815324 * 300;

contracts::OwnedTile started(const System& system, Index lanes, std::uint32_t first = 0) {
  contracts::OwnedTile out(system.dimension(), lanes, true, first);
  const Vector x = system.structure();
  for (Index d = 0; d < x.size(); ++d) out.position.block().row(d).setConstant(x[d]);
  system.draw_velocities(out.tile, RandomStream::named(2023, {"velocities"}));
  return out;
}

}  // namespace

TEST_CASE("a molecule says what it is without its engine", "[unit]") {
  const auto system = testing::make<System>(molecule());
  CHECK(system->dimension() == 66);
  CHECK(system->thermal_energy() == Approx(kT));
  CHECK(system->timestep() == 0.002);
  CHECK(system->has_velocities());
  CHECK(system->abilities().biases);
  CHECK(system->abilities().exact_repetition);
  CHECK_FALSE(
      testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs, platform: cpu"))->abilities().exact_repetition);
  CHECK(system->stability_limit() == Approx(4 * 1.007947 / 4e-6));
}

TEST_CASE("files that do not fit and steps that are unstable are refused before anything runs", "[unit]") {
  const testing::TemporaryFolder folder;
  const std::string pdb = read_file(data + "start.pdb");
  write_file(folder / "short.pdb", pdb.substr(0, pdb.find("HETATM   22")) + "END\n");
  CHECK_THROWS_WITH(testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs", data + "system.xml",
                                                   (folder / "short.pdb").string())),
                    Contains("short.pdb has 21 atoms, but the System has 22 particles"));
  std::string swapped = pdb;  // two atoms exchanged, as by a program that lists heavy atoms first
  const std::size_t second = swapped.find("HETATM    2"), third = swapped.find("HETATM    5");
  swapped.replace(second, 80, pdb.substr(third, 80)).replace(third, 80, pdb.substr(second, 80));
  write_file(folder / "swapped.pdb", swapped);
  CHECK_THROWS_WITH(testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs", data + "system.xml",
                                                   (folder / "swapped.pdb").string())),
                    Contains("atom 1 is C of ACE 1 (C), but particle 1 of the System weighs 1.008 Da"));
  // Two heavy atoms exchanged: no mass tells, but bonds do.
  const auto line = [&](const char* atom) { return pdb.rfind('\n', pdb.find(atom)) + 1; };
  std::string heavy = pdb;
  heavy.replace(line(" N   ALA"), 80, pdb.substr(line(" CA  ALA"), 80));
  heavy.replace(line(" CA  ALA"), 80, pdb.substr(line(" N   ALA"), 80));
  write_file(folder / "heavy.pdb", heavy);
  CHECK_THROWS_WITH(testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs", data + "system.xml",
                                                   (folder / "heavy.pdb").string())),
                    Contains("atoms 6 (CA of ALA 2) and 14 (C of ALA 2) are not bonded in the System"));
  CHECK_THROWS_WITH(testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs", data + "start.pdb")),
                    Contains("is no XML"));
  // N-H is of fixed length: it is the angle that vibrates, and HBonds would change nothing.
  CHECK_THROWS_WITH(
      testing::make<System>(molecule("friction: 1 /ps, timestep: 9 fs")),
      Contains("timestep: is unstable: the angle of atoms 7 (H of ALA 2), 6 (N of ALA 2), 8 (CA of ALA 2) vibrates at "
               "1779 /cm, which takes steps below 4.77 fs"));
  // Below 7.6 fs, where the stiffest bond alone would be stable: angles pull at its atoms too.
  CHECK_THROWS_WITH(testing::make<System>(molecule("friction: 1 /ps, timestep: 5.5 fs")),
                    Contains("allowed: below 4.77 fs, or a System made with heavier hydrogens (hydrogenMass)"));
  CHECK_NOTHROW(testing::make<System>(molecule("friction: 1 /ps, timestep: 4 fs")));
}

TEST_CASE("a bias on what constraints hold is refused", "[unit]") {
  const auto system = testing::make<System>(molecule());
  const auto problem = [&](const std::string& of) {
    return bias_misfit(CoarseMap({Component<CoarseVariable>(
                           configure("coarse_variable", "{type: " + of + ", topology: " + data + "start.pdb}"))}),
                       *system);
  };
  CHECK_THAT(problem("distance, of: [name N and resid 2, name H and resid 2]"),
             Contains("constraints of the system hold it at 0.101 nm, so that no bias moves it"));
  CHECK(problem("distance, of: [name N and resid 2, name CA and resid 2]").empty());
  CHECK(problem("dihedral, of: phi(ALA 2)").empty());
  CHECK(problem("angle, of: [name H and resid 2, name N and resid 2, name CA and resid 2]").empty());
}

// phi of a file in another order was that of four other atoms, in silence.
TEST_CASE("files of other parts of a workflow are held against the molecule of the system", "[unit]") {
  const testing::TemporaryFolder folder;
  const std::string pdb = read_file(data + "start.pdb");
  const auto line = [&](const char* atom) { return pdb.rfind('\n', pdb.find(atom)) + 1; };
  std::string swapped = pdb;  // CA and C of alanine: same element, same residue
  swapped.replace(line(" C   ALA"), 80, pdb.substr(line(" CA  ALA"), 80));
  swapped.replace(line(" CA  ALA"), 80, pdb.substr(line(" C   ALA"), 80));
  write_file(folder / "swapped.pdb", swapped);
  const auto system = testing::make<System>(molecule());
  const auto phi = [&](const std::string& file) {
    return CoarseMap({Component<CoarseVariable>(
        configure("coarse_variable", "{type: dihedral, of: phi(ALA 2), topology: " + file + "}"))});
  };
  CHECK(phi(data + "start.pdb").misfit(*system).empty());
  const std::string problem = phi((folder / "swapped.pdb").string()).misfit(*system);
  CHECK_THAT(problem, Contains("its file has"));
  CHECK_THAT(problem, Contains("where the molecule of the system has"));

  const auto start = [&](const std::string& file) {
    return testing::make<StartPolicy>("{type: single_structure, file: " + file + "}")->misfit(*system);
  };
  CHECK(start(data + "c7ax.pdb").empty());
  CHECK_THAT(start((folder / "swapped.pdb").string()), Contains("swapped.pdb has"));
  // The same numbers without names, and in another unit: bonds tell.
  const Matrix right = read_array(data + "start.pdb"), wrong = read_array(folder / "swapped.pdb");
  write_array(folder / "right.npy", "", right.cast<float>());
  write_array(folder / "swapped.npy", "", wrong.cast<float>());
  write_array(folder / "angstrom.npy", "", (10 * right).cast<float>());
  CHECK(start((folder / "right.npy").string()).empty());
  CHECK_THAT(start((folder / "swapped.npy").string()), Contains("row 0 of swapped.npy is no state of this system"));
  CHECK_THAT(start((folder / "angstrom.npy").string()), Contains("nm apart, but the System holds them at"));
  CHECK_THAT(start((folder / "angstrom.npy").string()), Contains("look like angstroms, and should be nm"));
  // Bonded atoms that changed places have no fixed bond between them, or keep it.
  for (const auto& [a, b] : {std::pair{4, 5}, std::pair{16, 17}, std::pair{15, 14}}) {
    Matrix exchanged = right;
    exchanged.middleCols(3 * a, 3) = right.middleCols(3 * b, 3);
    exchanged.middleCols(3 * b, 3) = right.middleCols(3 * a, 3);
    write_array(folder / "exchanged.npy", "", exchanged.cast<float>());
    CAPTURE(a, b);
    CHECK_THAT(start((folder / "exchanged.npy").string()), Contains("is no state of this system"));
  }
}

// An rmsd to a structure of a tenth of the size was a number like any other.
TEST_CASE("a reference in another unit is refused, and the unit is guessed", "[unit]") {
  const testing::TemporaryFolder folder;
  const Structure right = read_pdb(data + "start.pdb");
  const auto system = testing::make<System>(molecule());
  for (const auto& [scale, guess] :
       {std::pair{0.1, "look like nm, and should be angstroms"}, std::pair{10.0, "look ten times too large"}}) {
    const std::string file = (folder / "scaled.pdb").string();
    write_file(file, pdb_text(right.topology, scale * right.frames));
    CAPTURE(scale);
    for (const std::string variable :
         {"rmsd, of: name CA or name CB or name C", "contacts, cutoff: 100, residues_apart: 1"}) {
      const CoarseMap map({Component<CoarseVariable>(
          configure("coarse_variable", "{type: " + variable + ", reference: " + file + "}"))});
      CHECK_THAT(map.misfit(*system), Contains("has no structure of this system"));
      CHECK_THAT(map.misfit(*system), Contains(guess));
    }
    CHECK_THROWS_WITH(testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs", data + "system.xml", file)),
                      Contains(guess));
  }
}

// The same coordinates under exchanged names were taken, and right files of other parts blamed.
TEST_CASE("a structure whose backbone has the names of other atoms is refused", "[unit]") {
  const testing::TemporaryFolder folder;
  std::string names = read_file(data + "start.pdb");
  const std::size_t ca = names.find(" CA  ALA"), cb = names.find(" CB  ALA");
  names.replace(ca, 4, " CB ").replace(cb, 4, " CA ");
  write_file(folder / "names.pdb", names);
  CHECK_THROWS_WITH(testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs", data + "system.xml",
                                                   (folder / "names.pdb").string())),
                    Contains("atoms 6 (N of ALA 2) and 10 (CA of ALA 2) are not bonded in the System"));
}

TEST_CASE("what a model is conditioned on and sees is held against the molecule of the system", "[unit]") {
  const testing::TemporaryFolder folder;
  const std::string pdb = read_file(data + "start.pdb");
  const auto line = [&](const char* atom) { return pdb.rfind('\n', pdb.find(atom)) + 1; };
  std::string swapped = pdb;
  swapped.replace(line(" C   ALA"), 80, pdb.substr(line(" CA  ALA"), 80));
  swapped.replace(line(" CA  ALA"), 80, pdb.substr(line(" C   ALA"), 80));
  const std::string good = data + "start.pdb", bad = (folder / "swapped.pdb").string();
  write_file(bad, swapped);
  const auto system = testing::make<System>(molecule());
  const auto misfit = [&](const std::string& condition, const std::string& representation) {
    return testing::make<ScoreModel>(
               "{type: kernel, noise: {type: variance_exploding}, condition: {type: dihedral, of: "
               "phi(ALA 2), topology: " +
               condition + "}, label_noise: 0.1, representation: " + representation + "}")
        ->misfit(*system);
  };
  const auto internal = [](const std::string& file, const std::string& more = ", constraints: h_bonds") {
    return "{type: internal_coordinates, topology: " + file + more + "}";
  };
  const auto aligned = [](const std::string& file) {
    return "{type: aligned_cartesian, of: [name N and resid 2, name CA and resid 2, name CB], topology: " + file + "}";
  };
  CHECK(misfit(good, internal(good)).empty());
  CHECK(misfit(good, aligned(good)).empty());
  CHECK_THAT(misfit(bad, internal(good)), Contains("coarse variable") && Contains("its atoms must be in the order"));
  CHECK_THAT(misfit(good, internal(good, "")), Contains("the representation leaves the distance of atoms") &&
                                                   Contains("set constraints to what the system fixes"));
  CHECK_THAT(misfit(good, internal(good, ", constraints: all_bonds")),
             Contains("which the system leaves free; set constraints to what the system fixes"));
  CHECK_THAT(misfit(good, internal(good, ", constraints: h_bonds, hydrogen_mass: 3 Da")),
             Contains("takes H1 of ACE 1 for 3 Da, but it has 1.008 Da in the system"));
  CHECK_THAT(misfit(good, internal(bad)), Contains("the file of the representation has"));
  CHECK_THAT(misfit(good, aligned(bad)), Contains("the file of the representation has"));

  const auto check = testing::make<ConsistencyCheck>("{type: wasserstein, representation: " + internal(bad) + "}");
  CHECK_THAT(check->misfit(*system), Contains("the file of the representation has"));
  CHECK(testing::make<ConsistencyCheck>("{type: wasserstein, representation: " + internal(good) + "}")
            ->misfit(*system)
            .empty());
}

// Stages that start at the same time each open the engine. OpenMM reads numbers of a System with a function that
// threads must not share: seen to fail when systems are read without waiting for each other.
TEST_CASE("systems opened by several threads at once all have the right energy", "[unit]") {
  if (!engine_is_there()) return;
  const auto energy = [] {
    const auto system = testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs, platform: reference"));
    const Vector x = system->structure();
    return testing::at(*system->potential(), {x.begin(), x.end()}).value;
  };
  const double expected = energy();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) wrong += energy() != expected ? 1 : 0;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

// Made once with OpenMM's own Python interface at the same state: the energy at start.pdb, to the digits of the file.
TEST_CASE("energies are the engine's, and forces their gradients", "[unit]") {
  if (!engine_is_there()) return;
  const auto system = testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs, platform: reference"));
  CHECK(system->remark() == "OpenMM platform Reference");
  const Vector x = system->structure();
  BlockBuffer energy(1, 8);
  contracts::OwnedTile walkers = started(*system, 8);
  system->energies(walkers.position.block(), energy.block().data());
  CHECK(energy.block()(0, 3) == Approx(-90.838).margin(2e-2));

  BlockBuffer gradient(66, 8), slope(1, 8);
  system->potential()->evaluate(walkers.position.block(), energy.block().data(), gradient.block());
  for (const Index d : {0, 13, 24, 40, 65}) {
    contracts::central_difference(
        walkers.position.block(), d, 1e-4, [&](ConstBlock at, double* out) { system->energies(at, out); },
        slope.block().row(0));
    CHECK(gradient.block()(d, 2) == Approx(slope.block()(0, 2)).epsilon(1e-6).margin(1e-3));
  }
}

TEST_CASE("a minimum is lower, and has the lengths that constraints ask for", "[unit]") {
  if (!engine_is_there()) return;
  const auto system = testing::make<System>(molecule());
  Vector x = system->structure();
  x[3 * 4] += 0.01;
  const Vector lowest = system->minimised(x);
  BlockBuffer energy(1, 8);
  const auto at = [&](const Vector& state) {
    system->energies(testing::all_lanes({state.begin(), state.end()}).block(), energy.block().data());
    return energy.block()(0, 0);
  };
  CHECK(at(lowest) < at(x) - 10);
  CHECK(at(lowest) == Approx(-90.839).margin(0.1));
  CHECK((lowest.segment(0, 3) - lowest.segment(3, 3)).norm() == Approx(0.109).epsilon(1e-5));
}

// OpenMM's minimiser never came back from there.
TEST_CASE("a bias on a torsion is not blamed for bonds that are fixed or stiff on their own", "[unit]") {
  // 4 fs is stable for this molecule; along the gradient of phi, bonds look stiffer than any step could follow.
  if (!engine_is_there()) return;
  const auto system = testing::make<System>(molecule("friction: 1 /ps, timestep: 4 fs"));
  const auto bias = testing::make<Bias>("{type: harmonic, on: {type: dihedral, of: phi(ALA 2), topology: " + data +
                                        "start.pdb}, stiffness: 200 kJ/mol/rad^2}");
  const Matrix start = system->structure().transpose();
  CHECK(unstable(*system, *bias, start).empty());
  // No hydrogen moves with phi: steps of 2 fs follow ten times what they could if all atoms were as light.
  const auto short_steps = testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs"));
  const auto stiff = [&](const std::string& stiffness) {
    return testing::make<Bias>("{type: harmonic, on: {type: dihedral, of: phi(ALA 2), topology: " + data +
                               "start.pdb}, stiffness: " + stiffness + " kJ/mol/rad^2}");
  };
  CHECK(unstable(*short_steps, *stiff("12000"), start).empty());
  CHECK_THAT(unstable(*short_steps, *stiff("60000"), start),
             Contains(" kJ/mol/nm^2, and with a time step of 0.002 ps the limit of stability is"));
  CHECK(stability_warning(*system, *bias, start).empty());
}

// Simulated: windows on phi have 1.4 times their width at 16,000 kJ/mol/rad^2, and walkers are lost from 20,000 on,
// where the bias would be stable at rest.
TEST_CASE("a bias on a torsion is refused where a warm molecule does not bear it", "[unit]") {
  const auto system = testing::make<System>(molecule());
  const auto bias = [&](double stiffness) {
    return testing::make<Bias>("{type: harmonic, on: {type: dihedral, of: phi(ALA 2), topology: " + data +
                               fmt::format("start.pdb}}, stiffness: {} kJ/mol/rad^2}}", stiffness));
  };
  const Matrix start = system->structure().transpose();
  CHECK(unstable(*system, *bias(12'000), start).empty());
  CHECK_THAT(unstable(*system, *bias(15'000), start), Contains("is too stiff"));
}

TEST_CASE("bonds and angles of the atoms that a bias moves take their part of the limit", "[unit]") {
  const auto system = testing::make<System>(molecule("friction: 1 /ps, timestep: 4 fs"));
  // C=O, which its bond holds with 477,000 kJ/mol/nm^2 already.
  const auto bias = [](double stiffness) {
    return testing::make<Bias>(fmt::format(
        "{{type: harmonic, on: {{type: distance, atoms: [14, 15]}}, stiffness: {} kJ/mol/nm^2}}", stiffness));
  };
  const Matrix start = system->structure().transpose();
  CHECK(unstable(*system, *bias(10'000), start).empty());
  CHECK_THAT(unstable(*system, *bias(550'000), start), Contains("that the potential has there"));
}

TEST_CASE("atoms in the same place are refused by name before a minimisation", "[unit]") {
  if (!engine_is_there()) return;
  const auto system = testing::make<System>(molecule());
  Vector x = system->structure();
  x.segment(3 * 9, 3) = x.segment(3 * 8, 3);
  CHECK_THROWS_WITH(system->minimised(x), Catch::Contains("atoms 8 and 9 (counted from 0) are in the same place"));
}

TEST_CASE("padding costs nothing and changes nothing", "[unit]") {
  if (!engine_is_there()) return;
  const auto system = testing::make<System>(molecule("friction: 1 /ps, timestep: 2 fs, platform: reference"));
  const RandomStream stream = RandomStream::named(2023, {"padding"});
  contracts::OwnedTile all = started(*system, 8), some = started(*system, 8);
  CHECK(system->advance(all.tile, nullptr, stream, 0, 20) == 20);
  some.tile.walkers = 3;
  CHECK(system->advance(some.tile, nullptr, stream, 0, 20) == 20);
  for (Index d = 0; d < 66; ++d) {
    CHECK(some.position.block()(d, 2) == all.position.block()(d, 2));
    CHECK(std::isfinite(some.position.block()(d, 5)));
  }
}

// 66 coordinates, 12 bonds of fixed length and the centre of mass: 51 degrees of freedom, ⟨Σ m v²⟩ = 51 kT. Walkers
// start in a minimum, without potential energy, and take it from the bath within 1/friction = 0.1 ps; 1 ps is left out.
// Then 64 walkers of 2 ps, whose own spread gives the error: 4 sigma, and 1 % for the time step (stiffest bond ω Δt =
// 0.5). Seen to fail with 54 degrees of freedom.
TEST_CASE("a molecule with constraints has the kinetic temperature of the heat bath", "[statistics]") {
  if (!engine_is_there()) return;
  const auto system = testing::make<System>(molecule("friction: 10 /ps, timestep: 2 fs, platform: reference"));
  constexpr Index lanes = 64;
  contracts::OwnedTile walkers = started(*system, lanes);
  const RandomStream stream = RandomStream::named(2023, {"temperature"});
  system->advance(walkers.tile, nullptr, stream, 0, 500);
  const std::string text = read_file(data + "system.xml");
  std::vector<double> masses;
  for (std::size_t at = text.find("mass=\""); at != std::string::npos; at = text.find("mass=\"", at + 1))
    masses.push_back(std::stod(text.substr(at + 6)));
  REQUIRE(masses.size() == 22);
  constexpr int samples = 25;
  Eigen::ArrayXd kinetic = Eigen::ArrayXd::Zero(lanes);
  BlockBuffer tangent(66, lanes);
  for (int i = 0; i < samples; ++i) {
    system->advance(walkers.tile, nullptr, stream, 500 + 40 * static_cast<std::uint64_t>(i), 40);
    tangent.block().flat() = walkers.velocity.block().flat();
    system->take_forbidden(walkers.position.block(), tangent.block());
    for (Index d = 0; d < 66; ++d)
      kinetic += masses[static_cast<std::size_t>(d / 3)] * tangent.block().row(d).square() / (51 * samples);
  }
  const double mean = kinetic.mean();
  const double error = std::sqrt((kinetic - mean).square().sum() / (lanes - 1) / lanes);
  INFO("kT from velocities " << mean << " +- " << error << ", of the bath " << kT);
  CHECK(error < 0.02 * kT);
  CHECK(std::abs(mean - kT) < 4 * error + 0.01 * kT);
}
