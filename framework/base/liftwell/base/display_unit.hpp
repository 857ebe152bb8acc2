// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace liftwell {

/// How results of this dimension are written where units are molecular: "energy" is "kJ/mol", "1/time" is "1/ps". Words
/// that name no dimension with one unit (coarse variables have several) stay as they are.
[[nodiscard]] std::string display_unit(std::string_view dimension);

}  // namespace liftwell
