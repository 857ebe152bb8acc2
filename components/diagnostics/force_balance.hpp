// SPDX-License-Identifier: MIT
// The forces along coarse variables at given states: of the system, and of a bias.
#pragma once

#include "liftwell/execution/executor.hpp"
#include "liftwell/families/system.hpp"

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

/// The fields v_k are combinations of Π∇ξ_j, Π taking what constraints forbid (System::take_forbidden), such that
/// v_k·∇ξ_j = δ_kj. Their divergence, tr(Π ∂v/∂x) on the surface of the constraints (whose measure is that of the
/// metric of the masses, as in dynamics), is taken by central differences, and only where it is not 0 everywhere.
/// `system` must have a potential.
[[nodiscard]] ForceBalance force_balance(const System& system, const Bias& bias, double thermal_energy,
                                         const FrameRows& frames, const Matrix& centres, const Executor& executor);

}  // namespace liftwell
