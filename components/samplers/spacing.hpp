// SPDX-License-Identifier: MIT
// What every sampler says of its parameters `spacing` and `rho`.
#pragma once

#include <string>
#include <vector>

namespace liftwell {

inline const std::vector<std::string> spacing_laws{"karras", "logarithmic", "angle", "time"};
inline constexpr const char* spacing_sentence =
    "How the noise levels r of the steps are spaced: equidistant in r^(1/rho), in ln r, in (arctan r)^(1/rho), or in "
    "the time t of the noise process.";
inline constexpr const char* rho_sentence =
    "For karras and angle spacing: 1 is uniform in r or arctan r, larger values put more steps at low noise.";

}  // namespace liftwell
