// SPDX-License-Identifier: MIT
// What is checked of a bias before walkers run under it.
#pragma once

#include <string>

#include "liftwell/families/system.hpp"

namespace liftwell {

/// "" when the system's time step is stable under the bias at all `states` (rows), else what is wrong and the limit.
/// The bias adds the curvature Σ_k κ_k ∇ξ_k ∇ξ_kᵀ, κ_k = kT/σ_k²; that of the potential comes on top and is not
/// looked at here.
[[nodiscard]] std::string unstable(const System& system, const Bias& bias, const Matrix& states);

/// As above for all states at once where the gradients of the coarse variables are the same everywhere; "" where they
/// are not, because then the states must be known.
[[nodiscard]] std::string unstable_everywhere(const System& system, const Bias& bias);

}  // namespace liftwell
