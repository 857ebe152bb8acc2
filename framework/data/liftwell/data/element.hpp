// SPDX-License-Identifier: MIT
// What the chemical elements that occur in biomolecules weigh and how far they reach.
#pragma once

#include <string_view>

namespace liftwell {

/// Standard atomic weight (IUPAC 2021); covalent radius (Cordero et al., Dalton Trans. 2832 (2008),
/// doi:10.1039/b801115j, table 2), 0 for metals, whose contacts are no bonds; van der Waals radius (Bondi,
/// J. Phys. Chem. 68, 441 (1964), doi:10.1021/j100785a001; metals: Alvarez, Dalton Trans. 42, 8617 (2013)).
struct Element {
  std::string_view symbol;          ///< "Cl"
  double mass = 0;                  ///< Da
  double covalent_radius = 0;       ///< nm
  double van_der_waals_radius = 0;  ///< nm
};

/// The element of a symbol, in any case; null where there is none in the table.
[[nodiscard]] const Element* find_element(std::string_view symbol);

}  // namespace liftwell
