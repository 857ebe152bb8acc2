// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "liftwell/base/unit.hpp"

namespace liftwell {

/// How results of this dimension are written where units are molecular: "energy" is "kJ/mol", "1/time" is "1/ps". Words
/// that name no dimension with one unit (coarse variables have several) stay as they are.
[[nodiscard]] std::string display_unit(std::string_view dimension);

/// That of a coarse variable which is `measured_in` lengths or angles; "" of others.
[[nodiscard]] std::string display_measure(Unit measured_in);

/// A unit as it follows a number: " rad"; "" where there is none.
[[nodiscard]] std::string after_number(const std::string& unit);

}  // namespace liftwell
