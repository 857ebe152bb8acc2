// SPDX-License-Identifier: MIT
// Puts states on the level set of the coarse variables that was asked for.
#pragma once

#include "liftwell/families/coarse_map.hpp"

namespace liftwell {

struct Projection {
  Vector moved;        ///< per state: |x' − x|, length
  Vector log_surface;  ///< per state: ½ ln det(∇ξ ∇ξᵀ) at x'
  Index failed = 0;    ///< states that did not reach the tolerance; they are left as they were
};

/// Newton's method along the gradients: x ← x − Gᵀ (G Gᵀ)⁻¹ (ξ(x) − z), G = ∇ξ(x), until |ξ_k − z_k| ≤
/// tolerance for every variable (Ciccotti, Lelièvre, Vanden-Eijnden, Commun. Pure Appl. Math. 61, 371
/// (2008)). States of a thin layer of label noise σ around the level set lie σ/|∇ξ| thick, so that moved
/// onto it they have the δ form exp(−V/kT) δ(ξ − z) up to O(σ²); multiplied by |∇ξ| (log_surface) they
/// weigh as on the constrained surface.
[[nodiscard]] Projection project(Matrix& states, const Matrix& labels, const CoarseMap& coarse, double tolerance,
                                 Index most_steps);

}  // namespace liftwell
