// SPDX-License-Identifier: MIT
// Coarse variables that are linear functions of the state, as a matrix.
#pragma once

#include "liftwell/data/matrix.hpp"
#include "liftwell/families/coarse_map.hpp"

namespace liftwell {

/// ξ(x) = G x + b.
struct AffineCoarse {
  Matrix slopes;  ///< G, coarse x dimension
  Vector offset;  ///< b, coarse
};

/// Reads G and b off values and gradients at `states` (n x dimension), which should be spread over what
/// matters. Throws InputError "'NAME' REFUSAL" for a variable whose gradient is not the same at all of
/// them; `refusal` says what cannot be done then and what to do instead.
[[nodiscard]] AffineCoarse affine_coarse(const CoarseMap& coarse, const Matrix& states, const char* refusal);

/// H = Gᵀ (G Gᵀ)⁻¹, dimension x coarse: H (z − b) is the smallest state with ξ = z. Throws InputError
/// where the variables are not independent.
[[nodiscard]] Matrix smallest_with(const Matrix& slopes);
/// Orthonormal basis of the directions in which ξ does not change, dimension x (dimension − coarse).
[[nodiscard]] Matrix directions_left(const Matrix& slopes);

}  // namespace liftwell
