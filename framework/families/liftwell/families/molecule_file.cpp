// SPDX-License-Identifier: MIT
#include "liftwell/families/molecule_file.hpp"

#include "liftwell/data/atom_order.hpp"
#include "liftwell/families/system.hpp"

namespace liftwell {

std::string misfit_with_unit(const Vector& state, FileUnit unit,
                             const std::function<std::string(const Vector&)>& misfit) {
  std::string problem = misfit(state);
  if (problem.empty()) return {};
  const bool angstroms = unit == FileUnit::angstrom;
  if (misfit(10 * state).empty())
    problem += angstroms ? "; its coordinates look like nm, and should be angstroms"
                         : "; its coordinates look ten times too small, and should be nm";
  else if (misfit(state / 10).empty())
    problem += angstroms ? "; its coordinates look ten times too large, and should be angstroms"
                         : "; its coordinates look like angstroms, and should be nm";
  return problem;
}

std::string state_misfit(const Vector& state, FileUnit unit, const System& system) {
  if (system.molecule() == nullptr) return system.misfit(state);  // numbers without a unit to guess
  return misfit_with_unit(state, unit, [&](const Vector& other) { return system.misfit(other); });
}

std::string file_misfit(const Structure& file, const System& system) {
  if (system.molecule() == nullptr) return {};
  if (std::string problem = atom_order_misfit(file.topology, *system.molecule()); !problem.empty()) return problem;
  const std::string problem = state_misfit(file.frames.row(0).transpose(), FileUnit::angstrom, system);
  return problem.empty() ? problem : "has no structure of this system: " + problem;
}

}  // namespace liftwell
