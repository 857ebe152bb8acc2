// SPDX-License-Identifier: MIT
#include "liftwell/base/unit.hpp"

#include <array>

namespace liftwell {
namespace {

struct Spelling {
  std::string_view unit;     ///< name of the dimension
  std::string_view written;  ///< as users write it
  double factor;             ///< to internal units (nm, ps, kJ/mol, Da, kT in kJ/mol)
};

constexpr double kcal = 4.184;                        // kJ, exact by definition
constexpr double boltzmann_kj = 0.00831446261815324;  // kJ/(mol K), from the exact SI constants
constexpr double degree = 0.017453292519943295;       // rad

// `coarse` is a length, an angle or, as a coordination number, without unit.
constexpr std::array spellings{
    Spelling{"length", "nm", 1.0},
    Spelling{"length", "angstrom", 0.1},
    Spelling{"angle", "rad", 1.0},
    Spelling{"angle", "deg", degree},
    Spelling{"time", "fs", 1e-3},
    Spelling{"time", "ps", 1.0},
    Spelling{"time", "ns", 1e3},
    Spelling{"1/time", "1/ps", 1.0},
    Spelling{"1/time", "/ps", 1.0},
    Spelling{"energy", "kJ/mol", 1.0},
    Spelling{"energy", "kcal/mol", kcal},
    Spelling{"energy (kT)", "K", boltzmann_kj},
    Spelling{"energy (kT)", "kJ/mol", 1.0},
    Spelling{"energy (kT)", "kcal/mol", kcal},
    Spelling{"mass", "Da", 1.0},
    Spelling{"energy/length^2", "kJ/mol/nm^2", 1.0},
    Spelling{"energy/length^2", "kJ/mol/angstrom^2", 1e2},
    Spelling{"energy/length^2", "kcal/mol/angstrom^2", 1e2 * kcal},
    Spelling{"coarse", "nm", 1.0},
    Spelling{"coarse", "angstrom", 0.1},
    Spelling{"coarse", "rad", 1.0},
    Spelling{"coarse", "deg", degree},
    Spelling{"energy/coarse^2", "kJ/mol/nm^2", 1.0},
    Spelling{"energy/coarse^2", "kJ/mol/angstrom^2", 1e2},
    Spelling{"energy/coarse^2", "kcal/mol/angstrom^2", 1e2 * kcal},
    Spelling{"energy/coarse^2", "kJ/mol/rad^2", 1.0},
    Spelling{"energy/coarse^2", "kcal/mol/rad^2", kcal},
    Spelling{"energy/coarse^2", "kJ/mol/deg^2", 1 / (degree * degree)},
    Spelling{"energy/coarse^2", "kJ/mol", 1.0},
    Spelling{"energy/coarse^2", "kcal/mol", kcal},
    Spelling{"energy/coarse", "kJ/mol/nm", 1.0},
    Spelling{"energy/coarse", "kcal/mol/angstrom", 10 * kcal},
    Spelling{"energy/coarse", "kJ/mol/rad", 1.0},
    Spelling{"energy/coarse", "kcal/mol/rad", kcal},
    Spelling{"energy/coarse", "kJ/mol", 1.0},
    Spelling{"energy/coarse", "kcal/mol", kcal},
    Spelling{"coarse/time", "nm/ps", 1.0},
    Spelling{"coarse/time", "angstrom/ps", 0.1},
    Spelling{"coarse/time", "rad/ps", 1.0},
    Spelling{"coarse/time", "deg/ps", degree},
    Spelling{"coarse/time", "1/ps", 1.0},
    Spelling{"sigma", "sigma", 1.0},
    Spelling{"kT", "kT", 1.0},
};

}  // namespace

std::optional<double> unit_factor(Unit unit, std::string_view written) {
  for (const Spelling& s : spellings)
    if (s.unit == unit.name && s.written == written) return s.factor;
  return std::nullopt;
}

bool is_unit(std::string_view written) {
  for (const Spelling& s : spellings)
    if (s.written == written) return true;
  return false;
}

std::vector<std::string> unit_spellings(Unit unit) {
  std::vector<std::string> out;
  for (const Spelling& s : spellings)
    if (s.unit == unit.name) out.emplace_back(s.written);
  return out;
}

}  // namespace liftwell
