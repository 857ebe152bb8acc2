// SPDX-License-Identifier: MIT
// Bonds, angles and torsions as the coordinates of a score model.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "internal_map.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/data/atom_selection.hpp"
#include "liftwell/registry/registry.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {
namespace {

struct Options {
  std::filesystem::path topology;
  std::vector<std::string> torsions;
  std::string constraints = "none";
  std::optional<double> hydrogen_mass;
  std::vector<std::vector<std::int64_t>> bonds;
  std::vector<double> masses;

  void check(Problems& problems) const;
};

/// The torsions that peptides turn around, as far as each residue has them.
std::vector<Quadruple> backbone_torsions(const Topology& topology) {
  std::vector<Quadruple> out;
  std::set<std::string> seen;
  for (Index atom = 0; atom < topology.size(); ++atom) {
    if (!seen.insert(topology[atom].residue_label()).second) continue;
    for (const BackboneAngle which :
         {BackboneAngle::phi, BackboneAngle::psi, BackboneAngle::omega, BackboneAngle::chi1}) {
      try {
        const std::vector<Index> atoms = backbone_angle(topology, which, atom);
        out.push_back({atoms[0], atoms[1], atoms[2], atoms[3]});
      } catch (const InputError&) {
        continue;  // this residue has none
      }
    }
  }
  return out;
}

/// Masses of a molecule whose hydrogens took theirs from the atoms they are bonded to.
std::vector<double> masses_of(const Topology& topology, std::optional<double> hydrogen_mass) {
  std::vector<double> out;
  for (const Atom& atom : topology.atoms) out.push_back(atom.element->mass);
  if (!hydrogen_mass) return out;
  for (const auto& [a, b] : topology.bonds)
    for (const auto& [light, heavy] : {std::pair{a, b}, std::pair{b, a}}) {
      if (topology[light].element->symbol != "H" || topology[heavy].element->symbol == "H") continue;
      out[static_cast<std::size_t>(heavy)] -= *hydrogen_mass - out[static_cast<std::size_t>(light)];
      out[static_cast<std::size_t>(light)] = *hydrogen_mass;
    }
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!(out[i] > 0))
      throw InputError(fmt::format("hydrogen_mass leaves {} a mass of {:.3f} Da; it must be above 0",
                                   topology.atoms[i].label(), out[i]));
  return out;
}

InternalFrame frame_of(const Options& options) {
  InternalFrame out;
  std::vector<Bond> bonds;
  std::vector<bool> light;
  std::vector<Quadruple> torsions, wanted;
  Index atoms = 0;
  if (!options.topology.empty()) {
    const Topology topology = read_pdb(options.topology).topology;
    atoms = topology.size();
    bonds = topology.bonds;
    out.masses = masses_of(topology, options.hydrogen_mass);
    for (const Atom& atom : topology.atoms) {
      light.push_back(atom.element->symbol == "H");
      out.labels.push_back(fmt::format("{}:{}", atom.residue_label(), atom.name));
    }
    for (const std::string& torsion : options.torsions) {
      const std::vector<Index> four = select_atoms(topology, torsion, 4);
      torsions.push_back({four[0], four[1], four[2], four[3]});
    }
    wanted = backbone_torsions(topology);
  } else {
    for (const auto& bond : options.bonds) {
      bonds.emplace_back(std::minmax(bond[0], bond[1]));
      atoms = std::max(atoms, bonds.back().second + 1);
    }
    light.assign(static_cast<std::size_t>(atoms), false);
    for (Index i = 0; i < atoms; ++i) out.labels.push_back(fmt::format("{}", i));
    out.masses = options.masses;
  }
  out.rows = z_matrix(atoms, bonds, light, torsions, wanted);
  for (const Bond& bond : bonds) {
    const bool hydrogen = light[static_cast<std::size_t>(bond.first)] || light[static_cast<std::size_t>(bond.second)];
    if (options.constraints == "all_bonds" || (options.constraints == "h_bonds" && hydrogen))
      out.constraints.push_back(bond);
  }
  std::sort(out.constraints.begin(), out.constraints.end());
  Index fixed = 0;
  for (Index row = 1; row < out.atoms(); ++row) fixed += out.is_fixed(row) ? 1 : 0;
  if (fixed != std::ssize(out.constraints))
    throw InputError("a bond of fixed length closes a ring, and internal coordinates open rings; fix fewer bonds");
  return out;
}

void Options::check(Problems& problems) const {
  if (topology.empty() == bonds.empty())
    return problems.add("topology", "and bonds are two ways to say what is bonded", "", "exactly one of them");
  for (const auto& bond : bonds)
    if (bond.size() != 2 || bond[0] == bond[1] || std::min(bond[0], bond[1]) < 0)
      return problems.add("bonds", "must be pairs of two different atoms, counted from 0");
  if (!bonds.empty() && !torsions.empty()) problems.add("torsions", "are named by residues, which need a topology");
  if (!bonds.empty() && constraints == "h_bonds")
    problems.add("constraints", "h_bonds needs a topology, which says what is hydrogen", "h_bonds",
                 "none or all_bonds");
  if (!bonds.empty() && constraints == "all_bonds" && masses.empty())
    problems.add("masses", "are needed where bonds are fixed: the law of constrained dynamics depends on them");
  if (!topology.empty() && !masses.empty())
    problems.add("masses", "are those of the elements where a topology is given");
  if (hydrogen_mass && topology.empty()) problems.add("hydrogen_mass", "needs a topology, which says what is hydrogen");
  if (!problems.all().empty()) return;
  std::string unit;
  try {
    if (!topology.empty()) unit = doubtful_unit(read_pdb(topology));
    const InternalFrame frame = frame_of(*this);
    if (!masses.empty() && std::ssize(masses) != frame.atoms())
      problems.add("masses", "must be one for each atom", fmt::format("{}", masses.size()),
                   fmt::format("{}", frame.atoms()));
  } catch (const Error& problem) {
    problems.add(topology.empty() ? "bonds" : "topology", "cannot be used: " + (unit.empty() ? problem.what() : unit));
  }
}

class InternalCoordinates final : public Representation {
 public:
  explicit InternalCoordinates(const Options& options) : frame_(frame_of(options)) {
    if (!options.topology.empty()) molecule_ = read_pdb(options.topology);
  }

  [[nodiscard]] std::string misfit(Index dimension) const override {
    if (dimension == 3 * frame_.atoms()) return {};
    return fmt::format("internal_coordinates is about a molecule of {} atoms, {} coordinates, the states have {}",
                       frame_.atoms(), 3 * frame_.atoms(), dimension);
  }
  [[nodiscard]] const Structure* molecule() const override { return molecule_ ? &*molecule_ : nullptr; }
  [[nodiscard]] Mechanics mechanics() const override {
    return {frame_.constraints,
            Eigen::Map<const Vector>(frame_.masses.data(), static_cast<Index>(frame_.masses.size()))};
  }
  [[nodiscard]] FloatMatrix examples(Index /*dimension*/) const override { return InternalMap::examples(frame_, 32); }
  [[nodiscard]] Matrix fit(const FloatMatrix& states, bool circles) const override {
    return InternalMap::fit(frame_, states, circles);
  }
  [[nodiscard]] std::unique_ptr<StateCoordinates> with(const Matrix& fitted) const override {
    return std::make_unique<InternalMap>(frame_, fitted);
  }

 private:
  InternalFrame frame_;
  std::optional<Structure> molecule_;
};

}  // namespace

LIFTWELL_COMPONENT(internal_coordinates) {
  return Declaration<Representation, Options>("internal_coordinates",
                                              "Bonds, angles and torsions of a molecule; one torsion turns around each "
                                              "bond, the others are relative to it.")
      .reference(
          "Chang, Potter and Gilson, J. Phys. Chem. B 107, 1048 (2003), doi:10.1021/jp027149c (coordinates and "
          "their Jacobian); fixed bonds: Fixman, PNAS 71, 3050 (1974), doi:10.1073/pnas.71.8.3050.")
      .parameter("topology", &Options::topology, unit::none,
                 "PDB file of the molecule; bonds it does not state are found from distances.")
      .parameter("torsions", &Options::torsions, unit::none,
                 "Torsions that must be coordinates, phi(ALA 2); those of backbones and chi1 are wherever they can.")
      .parameter("constraints", &Options::constraints, unit::none,
                 "Bonds whose length the system fixes: they are held and not generated, and moves use the law of "
                 "constrained dynamics.",
                 one_of({"none", "h_bonds", "all_bonds"}))
      .parameter(
          "hydrogen_mass", &Options::hydrogen_mass, unit::mass,
          "Mass of hydrogens where the system repartitions masses; they take it from the atoms they are bonded to.",
          above(0))
      .parameter("bonds", &Options::bonds, unit::none,
                 "Instead of a topology: the bonds, as pairs of atoms counted from 0.")
      .parameter("masses", &Options::masses, unit::mass, "With bonds: the mass of each atom.", above(0))
      .example("{type: internal_coordinates, bonds: [[0, 1], [1, 2], [2, 3], [2, 4]]}")
      .creates<InternalCoordinates>();
}

}  // namespace liftwell
