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
    Spelling{"1/length", "1/nm", 1.0},
    Spelling{"1/length", "/nm", 1.0},
    Spelling{"1/length", "1/angstrom", 10.0},
    Spelling{"1/length", "/angstrom", 10.0},
    Spelling{"energy", "kJ/mol", 1.0},
    Spelling{"energy", "kcal/mol", kcal},
    Spelling{"energy (kT)", "K", boltzmann_kj},
    Spelling{"energy (kT)", "kJ/mol", 1.0},
    Spelling{"energy (kT)", "kcal/mol", kcal},
    Spelling{"mass", "Da", 1.0},
    Spelling{"mass", "amu", 1.0},
    Spelling{"mass", "g/mol", 1.0},
    Spelling{"energy/length^2", "kJ/mol/nm^2", 1.0},
    Spelling{"energy/length^2", "kJ/mol/angstrom^2", 1e2},
    Spelling{"energy/length^2", "kcal/mol/angstrom^2", 1e2 * kcal},
    Spelling{"energy/angle^2", "kJ/mol/rad^2", 1.0},
    Spelling{"energy/angle^2", "kJ/mol/deg^2", 1 / (degree * degree)},
    Spelling{"energy/angle^2", "kcal/mol/rad^2", kcal},
    Spelling{"energy/angle^2", "kcal/mol/deg^2", kcal / (degree * degree)},
    Spelling{"energy/length", "kJ/mol/nm", 1.0},
    Spelling{"energy/length", "kcal/mol/angstrom", 10 * kcal},
    Spelling{"energy/angle", "kJ/mol/rad", 1.0},
    Spelling{"energy/angle", "kcal/mol/rad", kcal},
    Spelling{"length/time", "nm/ps", 1.0},
    Spelling{"length/time", "angstrom/ps", 0.1},
    Spelling{"angle/time", "rad/ps", 1.0},
    Spelling{"angle/time", "deg/ps", degree},
    Spelling{"sigma", "sigma", 1.0},
    Spelling{"kT", "kT", 1.0},
};

/// What of `coarse` units there is for each measure.
struct CoarseUnit {
  Unit coarse, of_length, of_angle, of_number;
};
constexpr std::array coarse_units{
    CoarseUnit{unit::coarse, unit::length, unit::angle, unit::dimensionless},
    CoarseUnit{unit::coarse_force, {"energy/length"}, {"energy/angle"}, unit::energy},
    CoarseUnit{unit::coarse_stiffness, unit::stiffness, {"energy/angle^2"}, unit::energy},
    CoarseUnit{unit::coarse_speed, {"length/time"}, {"angle/time"}, unit::inverse_time},
};

/// The unit itself, or the three that a coarse one can stand for.
std::vector<Unit> meanings(Unit unit) {
  for (const CoarseUnit& one : coarse_units)
    if (one.coarse == unit) return {one.of_length, one.of_angle, one.of_number};
  return {unit};
}

}  // namespace

Unit of_measure(Unit unit, Unit measure) {
  for (const CoarseUnit& one : coarse_units)
    if (one.coarse == unit)
      return measure == unit::length          ? one.of_length
             : measure == unit::angle         ? one.of_angle
             : measure == unit::dimensionless ? one.of_number
                                              : unit;
  return unit;
}

std::optional<double> unit_factor(Unit unit, std::string_view written) {
  for (const Unit& meaning : meanings(unit))
    for (const Spelling& s : spellings)
      if (s.unit == meaning.name && s.written == written) return s.factor;
  return std::nullopt;
}

bool is_unit(std::string_view written) {
  for (const Spelling& s : spellings)
    if (s.written == written) return true;
  return false;
}

std::vector<std::string> unit_spellings(Unit unit) {
  std::vector<std::string> out;
  for (const Unit& meaning : meanings(unit))
    for (const Spelling& s : spellings)
      if (s.unit == meaning.name) out.emplace_back(s.written);
  return out;
}

}  // namespace liftwell
