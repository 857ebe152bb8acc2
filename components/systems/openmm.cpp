// SPDX-License-Identifier: MIT
// A molecule whose forces OpenMM computes; everything else is liftwell's.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "fastest_vibration.hpp"
#include "langevin_middle.hpp"
#include "liftwell/families/molecule_file.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/registry/module.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/pdb_file.hpp"
#include "openmm_engine.hpp"
#include "system_file.hpp"

namespace liftwell {
namespace {

/// The work of a step grows with the square of this.
constexpr Index most_coupled_constraints = 100;

struct Options {
  std::filesystem::path system, structure;
  double temperature = 0;
  double friction = 1;
  double timestep = 0;
  std::string platform = "auto";

  void check(Problems& problems) const;
  void check_step(const SystemFile& file, const Structure& start, Problems& problems) const;
};

/// With masses repartitioned, hydrogens have up to 5 Da, and a methyl carbon bonded to three of them 3 Da and less.
constexpr double heaviest_hydrogen = 5, lightest_other = 2;  // Da

/// The first atom that cannot be the particle of its number, in words; "" where all can. Files of the same molecule
/// made by different programs often differ in their order.
std::string first_misfit(const Topology& topology, const Vector& masses) {
  for (Index i = 0; i < topology.size(); ++i) {
    const bool hydrogen = topology[i].element->symbol == "H";
    if (masses[i] > 0 && (hydrogen ? masses[i] > heaviest_hydrogen : masses[i] < lightest_other))
      return fmt::format("atom {} is {} ({}), but particle {} of the System weighs {:.4g} Da", i, topology[i].label(),
                         topology[i].element->symbol, i, masses[i]);
  }
  return {};
}

/// The first bond that is far from its length in `state`, in words; "" where none is. Bonds that are not fixed may be
/// strained, as in a model that is still to be minimised. Where two bonded atoms have changed places, a bond of one
/// spans two of the molecule, which are 1.5 to 1.8 times as long as one.
std::string first_stretched(const Vector& state, const Topology& topology, const SystemFile& file) {
  const auto far = [&](Index a, Index b, double length, double most, const char* bond) {
    const double here = (state.segment(3 * a, 3) - state.segment(3 * b, 3)).norm();
    if (!(length > 0) || (here > length / most && here < most * length)) return std::string();
    return fmt::format("atoms {} ({}) and {} ({}) are {:.3g} nm apart, but the System {} {:.3g} nm", a,
                       topology[a].label(), b, topology[b].label(), here, bond, length);
  };
  for (const BondConstraint& bond : file.particles.constraints)
    if (auto text = far(bond.a, bond.b, bond.distance, 1.25, "holds them at"); !text.empty()) return text;
  for (const Spring& bond : file.springs)
    if (auto text = far(bond.a, bond.b, bond.length, 1.35, "has a bond between them of"); !text.empty()) return text;
  return {};
}

/// The first backbone whose names are those of other atoms, in words; "" where none is. Nothing else tells where names
/// are exchanged and coordinates are not, and phi(ALA 2) would be an angle of other atoms.
std::string first_misnamed(const Topology& topology, const SystemFile& file) {
  std::set<std::pair<Index, Index>> bonds;
  for (const BondConstraint& bond : file.particles.constraints) bonds.insert(std::minmax(bond.a, bond.b));
  for (const Spring& bond : file.springs) bonds.insert(std::minmax(bond.a, bond.b));
  if (file.springs.empty()) return {};  // bonds are of a force that is not read
  for (Index ca = 0; ca < topology.size(); ++ca) {
    if (topology[ca].name != "CA") continue;
    const Index n = topology.in_residue_of(ca, "N"), c = topology.in_residue_of(ca, "C");
    const Index o = topology.in_residue_of(ca, "O"), cb = topology.in_residue_of(ca, "CB");
    if (n < 0 || c < 0 || o < 0) continue;  // no amino acid
    for (const auto& [a, b] : {std::pair{n, ca}, std::pair{ca, c}, std::pair{c, o}, std::pair{ca, cb}})
      if (b >= 0 && !bonds.contains(std::minmax(a, b)))
        return fmt::format("atoms {} ({}) and {} ({}) are not bonded in the System, as their names say", a,
                           topology[a].label(), b, topology[b].label());
  }
  return {};
}

/// Problem of one file under its key; nothing where it can be used.
template <class Read>
auto read_or_report(const std::string& key, const Read& read, Problems& problems) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error& problem) {
    problems.add(key, std::string("cannot be used: ") + problem.what());
    return std::nullopt;
  }
}

/// How a System of the same molecule would take longer steps; "" where what can be done has been done.
std::string slower_system(const SystemFile& file) {
  const Vector& masses = file.particles.masses;
  const auto light = [&](Index atom) { return masses[atom] > 0 && masses[atom] < heaviest_hydrogen; };
  const auto to_hydrogen = [&](const auto& bond) { return light(bond.a) || light(bond.b); };
  const auto& constraints = file.particles.constraints;
  const bool fixed = std::any_of(constraints.begin(), constraints.end(), to_hydrogen);
  constexpr double hydrogen = 1.1;  // Da
  const bool heavier = (masses.array() < heaviest_hydrogen && masses.array() > hydrogen).any();
  if (!fixed) return ", or a System made with constraints=HBonds";
  return heavier ? "" : ", or a System made with heavier hydrogens (hydrogenMass)";
}

/// The frequency is that of bonds and angles at rest. What they do at a temperature, and torsions, take some of its
/// limit: alanine dipeptide with a limit of 5.97 fs is stable at 5 fs and lost within 417 steps of 5.5 fs.
void Options::check_step(const SystemFile& file, const Structure& start, Problems& problems) const {
  constexpr double share = 0.8;
  const Vibration fastest = fastest_vibration(file, start.frames.row(0).transpose());
  const double longest = share * fastest.longest_step();
  if (timestep < longest) return;
  std::vector<std::string> atoms;
  for (const Index atom : fastest.atoms) atoms.push_back(fmt::format("{} ({})", atom, start.topology[atom].label()));
  problems.add(
      "timestep",
      fmt::format("is unstable: the {} of atoms {} vibrates at {:.0f} /cm, which takes steps below {:.3g} fs",
                  atoms.size() == 2 ? "bond" : "angle", fmt::join(atoms, ", "), fastest.wavenumber(), 1000 * longest),
      fmt::format("{:.4g} fs", 1000 * timestep), fmt::format("below {:.3g} fs{}", 1000 * longest, slower_system(file)));
}

std::unique_ptr<OpenMMEngine> open_engine(const OpenMMSetup& setup) {
  return from_module<MakeOpenMMEngine>("openmm", "liftwell_make_openmm_engine")(setup);
}

void Options::check(Problems& problems) const {
  if (system.empty() || structure.empty()) return;
  const auto file = read_or_report(
      "system", [&] { return read_system_file(system); }, problems);
  const auto start = read_or_report(
      "structure", [&] { return read_pdb(structure); }, problems);
  if (!file || !start) return;
  const Index particles = file->particles.masses.size();
  if (start->topology.size() != particles)
    problems.add("structure",
                 fmt::format("{} has {} atoms, but the System has {} particles", structure.filename().string(),
                             start->topology.size(), particles),
                 "", "the PDB that the System was made from, hydrogens included");
  else if (const auto misfit = first_misfit(start->topology, file->particles.masses); !misfit.empty())
    problems.add("structure", misfit, "", "the PDB that the System was made from, in the same order");
  else if (const auto misnamed = first_misnamed(start->topology, *file); !misnamed.empty())
    problems.add("structure", misnamed, "", "the PDB that the System was made from, in the same order");
  else if (const auto stretched =
               misfit_with_unit(start->frames.row(0).transpose(), FileUnit::angstrom,
                                [&](const Vector& state) { return first_stretched(state, start->topology, *file); });
           !stretched.empty())
    problems.add("structure", stretched, "", "the PDB that the System was made from, in the same order");
  else
    check_step(*file, *start, problems);
  if (platform != "auto" && platform != "reference" && problems.all().empty()) {
    try {
      (void)open_engine({system, platform, start->frames.row(0).transpose()});
    } catch (const InputError& problem) {
      problems.add("platform", problem.what());
    } catch (const RunError&) {
      // A build without the engine still checks workflows.
    }
  }
  const BondConstraints constraints(file->particles.constraints, file->particles.masses);
  if (const Index coupled = constraints.largest_cluster(); coupled > most_coupled_constraints)
    problems.add("system", fmt::format("has {} constraints that share atoms in a chain", coupled), "",
                 fmt::format("at most {}: make the System with constraints=HBonds", most_coupled_constraints));
}

/// Opens the engine at first use, so that checking a workflow does only where it asks for a platform by name.
class LazyEngine {
 public:
  explicit LazyEngine(OpenMMSetup setup) : setup_(std::move(setup)) {}

  [[nodiscard]] const OpenMMEngine& get() const {
    std::call_once(once_, [this] { engine_ = open_engine(setup_); });
    return *engine_;
  }

 private:
  OpenMMSetup setup_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<OpenMMEngine> engine_;
};

/// The engine's energy, for the first `walkers` lanes (0: all).
class EngineSurface final : public Potential {
 public:
  EngineSurface(const LazyEngine& engine, Index dimension, Index walkers = 0)
      : engine_(engine), dimension_(dimension), walkers_(walkers) {}
  [[nodiscard]] Index dimension() const override { return dimension_; }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    engine_.get().evaluate(x, walkers_ > 0 ? walkers_ : x.lanes(), energy, gradient);
  }

 private:
  const LazyEngine& engine_;
  Index dimension_, walkers_;
};

/// Langevin dynamics of a System of OpenMM, which is asked for forces and nothing else: steps, noise and constraints
/// are liftwell's own (langevin_middle.hpp), so walkers run side by side, each with its own reproducible stream
/// (OpenMM's Reference platform has one generator per process), every bias acts, and states can be moved between
/// walkers. A CMMotionRemover in the System, of whatever frequency, means that the centre of mass holds still.
class OpenMM final : public System {
 public:
  explicit OpenMM(const Options& options)
      : file_(read_system_file(options.system)),
        molecule_(read_pdb(options.structure)),
        structure_(molecule_.frames.row(0).transpose()),
        dynamics_(file_.particles, options.temperature, options.timestep, options.friction),
        thermal_energy_(options.temperature),
        timestep_(options.timestep),
        exact_(options.platform == "auto" || options.platform == "reference"),
        engine_({options.system, options.platform, structure_}),
        potential_(engine_, structure_.size()) {}

  [[nodiscard]] Index dimension() const override { return structure_.size(); }
  [[nodiscard]] double thermal_energy() const override { return thermal_energy_; }
  [[nodiscard]] double timestep() const override { return timestep_; }
  [[nodiscard]] SystemAbilities abilities() const override {
    return {.energies = true, .biases = true, .exact_repetition = exact_};
  }
  [[nodiscard]] bool has_velocities() const override { return true; }
  /// Of the lightest particle.
  [[nodiscard]] double stability_limit() const override {
    double lightest = std::numeric_limits<double>::infinity();
    for (const double mass : file_.particles.masses)
      if (mass > 0) lightest = std::min(lightest, mass);
    return 4 * lightest / (timestep_ * timestep_);
  }
  /// dt²/(2 m) of each atom's: steps of the Langevin middle scheme are stable below dt = 2/ω. Atoms that constraints
  /// hold together are heavier than that.
  [[nodiscard]] Vector pull(const Vector& gradient) const override {
    Vector out = gradient * (timestep_ * timestep_ / 2);
    for (Index d = 0; d < out.size(); ++d) {
      const double mass = file_.particles.masses[d / 3];
      out[d] = mass > 0 ? out[d] / mass : 0;
    }
    return out;
  }
  [[nodiscard]] Matrix stiff_terms(const Vector& state, const Vector& moved) const override {
    return liftwell::stiff_terms(file_, state, moved);
  }
  [[nodiscard]] const Potential* potential() const override { return &potential_; }
  [[nodiscard]] Vector structure() const override { return structure_; }
  [[nodiscard]] const Topology* molecule() const override { return &molecule_.topology; }
  [[nodiscard]] Mechanics mechanics() const override {
    Mechanics out{.fixed = {}, .masses = file_.particles.masses};
    for (const BondConstraint& bond : file_.particles.constraints) out.fixed.emplace_back(bond.a, bond.b);
    return out;
  }
  [[nodiscard]] std::string misfit(const Vector& state) const override {
    return first_stretched(state, molecule_.topology, file_);
  }
  [[nodiscard]] Vector minimised(const Vector& state) const override { return engine_.get().minimised(state); }
  [[nodiscard]] std::string remark() const override { return engine_.get().remark(); }
  void take_forbidden(ConstBlock x, Block vectors) const override { dynamics_.take_forbidden(x, vectors); }
  void draw_velocities(WalkerTile& tile, const RandomStream& stream) const override {
    dynamics_.draw_velocities(tile, stream);
  }

  std::int64_t advance(WalkerTile& tile, const Restraint* restraint, const RandomStream& stream,
                       std::uint64_t first_step, std::int64_t steps) const override {
    const EngineSurface free(engine_, dimension(), tile.walkers);
    if (restraint != nullptr && restraint->bias != nullptr) {
      const BiasedSurface biased(free, *restraint->bias, restraint->centres);
      dynamics_.advance(tile, biased, stream, first_step, steps);
    } else {
      dynamics_.advance(tile, free, stream, first_step, steps);
    }
    return std::max<std::int64_t>(steps, 0);
  }

  void energies(ConstBlock x, double* energy) const override {
    BlockBuffer gradient(x.rows(), x.lanes());
    potential_.evaluate(x, energy, gradient.block());
  }

 private:
  SystemFile file_;
  Structure molecule_;
  Vector structure_;
  LangevinMiddle dynamics_;
  double thermal_energy_, timestep_;
  bool exact_;
  LazyEngine engine_;
  EngineSurface potential_;
};

}  // namespace

LIFTWELL_COMPONENT(openmm) {
  return Declaration<System, Options>("openmm", "A molecule whose forces OpenMM computes, by Langevin dynamics.")
      .reference(
          "Eastman et al., PLoS Comput. Biol. 13, e1005659 (2017), doi:10.1371/journal.pcbi.1005659; steps: Zhang et "
          "al., J. Phys. Chem. A 123, 6056 (2019), doi:10.1021/acs.jpca.9b02771 (LFMiddle).")
      .parameter("system", &Options::system, unit::none,
                 "The System: a file that openmm.XmlSerializer.serialize wrote. Its constraints hold.", required())
      .parameter("structure", &Options::structure, unit::none,
                 "PDB file of the same atoms in the same order; what a start policy without a state begins from.",
                 required())
      .parameter("temperature", &Options::temperature, unit::temperature, "Temperature, in K or as kT.",
                 required() | above(0))
      .parameter("friction", &Options::friction, unit::inverse_time, "Rate at which velocities forget.", above(0))
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .parameter("platform", &Options::platform, unit::none,
                 "What computes the forces. auto measures all and takes reference, which repeats bit for bit, unless "
                 "another is at least twice as fast.",
                 one_of({"auto", "reference", "cpu", "cuda", "opencl"}))
      .example(
          "{type: openmm, system: workflows/data/alanine_dipeptide/system.xml, structure: "
          "workflows/data/alanine_dipeptide/start.pdb, temperature: 300 K, friction: 1 /ps, timestep: 2 fs}")
      .creates<OpenMM>();
}

}  // namespace liftwell
