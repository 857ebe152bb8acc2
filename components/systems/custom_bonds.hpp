// SPDX-License-Identifier: MIT
// Bonds whose energy is a formula of their length, as springs.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace liftwell {

struct Rest {
  double length = 0;     ///< nm
  double stiffness = 0;  ///< second derivative of the energy there, kJ/mol/nm²
};

/// The lowest minimum of `energy`, a formula of r in kJ/mol as a CustomBondForce has it ("k*(r-s)^2; k=b/2"), between
/// the lengths that bonds have (0.05 to 0.3 nm). Nothing where there is none, or where the formula has functions that
/// liftwell's formulas do not know.
[[nodiscard]] std::optional<Rest> rest_of(const std::string& energy, const std::map<std::string, double>& parameters);

}  // namespace liftwell
