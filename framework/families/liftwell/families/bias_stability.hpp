// SPDX-License-Identifier: MIT
// Whether a system can answer to a bias, and its time step follow it.
#pragma once

#include <optional>
#include <string>

#include "liftwell/families/system.hpp"

namespace liftwell {

/// As coarse.misfit(system), for a bias on the variables, which must be able to move them: constraints of the system
/// may hold one, as is seen at its structure.
[[nodiscard]] std::string bias_misfit(const CoarseMap& coarse, const System& system);

/// How many of the states have to be out of bounds for the bias to be refused.
enum class OutOfBounds { any, all };

/// "" when the system's time step is stable under the bias at `states` (rows), else what is wrong and the limit. The
/// bias adds the curvature Σ_k κ_k ∇ξ_k ∇ξ_kᵀ, κ_k = Bias::stiffness, in whose stiffest direction (as the step answers
/// to it) that of the potential is added, where the system has one. A bias that alone is too stiff at some of the
/// states is refused (with `all`: at all of them); one that is so only together with the potential, where this is so at
/// all states: what is so at some of them may be a matter of these states. Kinks, as of |x|, are no curvature.
[[nodiscard]] std::string unstable(const System& system, const Bias& bias, const Matrix& states,
                                   OutOfBounds bias_alone = OutOfBounds::any);

/// What can be said before there are starts: as above of the bias alone for all states at once, where the gradients of
/// the coarse variables are the same everywhere, and of a molecule at its structure; else "".
[[nodiscard]] std::string unstable_everywhere(const System& system, const Bias& bias);

/// What to warn of where the bias is not refused: bias and potential together are too stiff at some of the states, or
/// so stiff that the step widens the law of the coarse variables noticeably. "" where there is nothing to say.
[[nodiscard]] std::string stability_warning(const System& system, const Bias& bias, const Matrix& states);

/// What to warn of where the step takes a curvature for granted (System::assumed_curvature) that potential and bias,
/// which may be null, have at none of the states, so that its noise is that of another temperature. "" where there is
/// nothing to say.
[[nodiscard]] std::string assumption_warning(const System& system, const Bias* bias, const Matrix& states);

/// By how much a step is too long at one place.
struct Overstep {
  double curvature = 0;  ///< of potential and bias, energy/length², in the direction that is most beyond its limit
  double timestep = 0;   ///< about the largest that is stable there, time units
};

/// Whether a step is unstable at `position`, in any direction; the bias may be null. None where it is stable, and where
/// that is not known: of molecules, and of more coordinates than second derivatives are taken of by differences.
[[nodiscard]] std::optional<Overstep> overstep(const System& system, const Bias* bias, const Vector& centre,
                                               const Vector& position);

}  // namespace liftwell
