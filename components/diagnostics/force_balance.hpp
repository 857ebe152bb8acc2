// SPDX-License-Identifier: MIT
// The forces along coarse variables at given states: of the system, and of a bias.
#pragma once

#include "liftwell/execution/executor.hpp"
#include "liftwell/families/bias.hpp"
#include "liftwell/families/potential.hpp"

namespace liftwell {

/// Frames as they are in memory: `count` rows of `dimension` numbers.
struct FrameRows {
  const float* positions = nullptr;
  Index count = 0, dimension = 0;
};

/// Per state and coarse variable.
struct ForceBalance {
  Matrix xi;    ///< its value
  Matrix rest;  ///< f_k = v_k·∇V − kT ∇·v_k: its mean at ξ = z is ∂F/∂z_k
  Matrix pull;  ///< ∂U/∂ξ_k of the bias, centred as given
};

/// The fields v_k = Σ_j (G⁻¹)_kj ∇ξ_j, G_jk = ∇ξ_j·∇ξ_k, have v_k·∇ξ_j = δ_kj. Their divergence is taken by central
/// differences, and only where the gradients of ξ are not the same at all states.
[[nodiscard]] ForceBalance force_balance(const Potential& potential, const Bias& bias, double thermal_energy,
                                         const FrameRows& frames, const Matrix& centres, const Executor& executor);

}  // namespace liftwell
