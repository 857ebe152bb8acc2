// SPDX-License-Identifier: MIT
// What every sampler says of its parameters `spacing` and `rho`.
#pragma once

namespace liftwell {

inline constexpr const char* spacing_sentence =
    "How the noise levels r of the steps are spaced: equidistant in r^(1/rho), in ln r, or in the time t of the noise "
    "process.";
inline constexpr const char* rho_sentence =
    "For karras spacing: 1 is uniform in r, larger values put more steps at low noise.";

}  // namespace liftwell
