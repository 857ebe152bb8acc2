// SPDX-License-Identifier: MIT
// Weights that give simulated frames the equilibrium law along the coarse variables.
#pragma once

#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/data/results.hpp"
#include "liftwell/families/coarse_map.hpp"

namespace liftwell {

/// w = exp(−F(ξ)/kT) / ρ(ξ) for each row of `values` (frames x coarse), where ρ is the frames' own density: weighted
/// averages over the frames are then those of equilibrium, whatever bias on ξ, or choice of starts along ξ, made
/// them (the weights of umbrella sampling, Torrie and Valleau, J. Comput. Phys. 23, 187 (1977), with ρ measured).
/// Frames are counted in the bins of `profile`; between bin centres ln w is interpolated linearly. Weights
/// have mean 1; a frame outside the grid, or where F is unknown, weighs 0. Throws InputError when no frame
/// has a weight.
[[nodiscard]] std::vector<double> equilibrium_weights(const FreeEnergy& profile, const CoarseMap& coarse,
                                                      const Matrix& values);

}  // namespace liftwell
