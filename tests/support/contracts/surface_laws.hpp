// SPDX-License-Identifier: MIT
// Laws of every energy surface, and so of every potential.
#pragma once

#include "liftwell/families/potential.hpp"
#include "support/contracts/laws.hpp"

namespace liftwell::contracts {

/// Checks at 64 random states of spread `spread` that the gradient is the derivative of the energy (to
/// 1e-6 of its largest entry), that asking for the energy does not change the gradient, and that a
/// state's result depends neither on its place in the tile nor on the tile's size.
inline BrokenLaws surface_laws(const EnergySurface& surface, double spread = 1) {
  BrokenLaws broken;
  const Index dimension = surface.dimension();
  if (dimension < 1) return {"its dimension is at least 1"};
  constexpr Index lanes = 64;
  const BlockBuffer states = random_states(dimension, lanes, "surface", spread);
  const ConstBlock x = states.block();
  BlockBuffer energy(1, lanes), gradient(dimension, lanes), again(dimension, lanes);
  surface.evaluate(x, energy.block().data(), gradient.block());
  surface.evaluate(x, nullptr, again.block());
  if (!energy.block().flat().isFinite().all() || !gradient.block().flat().isFinite().all())
    broken.push_back("energies and gradients are finite at ordinary states");
  if (!same_bits(gradient.block(), again.block()))
    broken.push_back("the gradient does not depend on whether the energy is asked for");

  BlockBuffer unused(dimension, lanes), difference(1, lanes);
  const double scale = 1 + gradient.block().flat().abs().maxCoeff();
  for (Index d = 0; d < dimension; ++d) {
    central_difference(
        x, d, 1e-3, [&](ConstBlock moved, double* out) { surface.evaluate(moved, out, unused.block()); },
        difference.block().row(0));
    const double error = (difference.block().row(0) - gradient.block().row(d)).abs().maxCoeff();
    if (!(error < 1e-6 * scale))
      broken.push_back("gradient entry " + std::to_string(d) + " is the derivative of the energy (off by " +
                       std::to_string(error) + ")");
  }

  // The same states eight at a time, in the opposite order.
  for (Index first = 0; first < lanes; first += 8) {
    BlockBuffer few(dimension, 8), few_energy(1, 8), few_gradient(dimension, 8);
    for (Index lane = 0; lane < 8; ++lane)
      for (Index d = 0; d < dimension; ++d) few.block()(d, lane) = x(d, first + 7 - lane);
    surface.evaluate(few.block(), few_energy.block().data(), few_gradient.block());
    bool same = true;
    for (Index lane = 0; lane < 8; ++lane) {
      same &= same_bits(few_energy.block()(0, lane), energy.block()(0, first + 7 - lane));
      for (Index d = 0; d < dimension; ++d)
        same &= same_bits(few_gradient.block()(d, lane), gradient.block()(d, first + 7 - lane));
    }
    if (!same) {
      broken.push_back("a state's result depends neither on its place nor on the size of the tile");
      break;
    }
  }
  return broken;
}

}  // namespace liftwell::contracts
