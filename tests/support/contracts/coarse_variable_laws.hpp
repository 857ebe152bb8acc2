// SPDX-License-Identifier: MIT
// Laws of every coarse variable.
#pragma once

#include "liftwell/families/coarse_variable.hpp"
#include "support/contracts/laws.hpp"

namespace liftwell::contracts {

/// The smallest dimension, up to 64, of states the variable accepts; 0 when there is none.
inline Index accepted_dimension(const CoarseVariable& variable) {
  for (Index dimension = 1; dimension <= 64; ++dimension)
    if (variable.misfit(dimension).empty()) return dimension;
  return 0;
}

/// At random states: the gradient is the derivative of the value (on the circle for periodic ones), the
/// value does not depend on whether the gradient is asked for nor on the place in the tile, and a
/// periodic value stays inside one period.
inline BrokenLaws coarse_variable_laws(const CoarseVariable& variable) {
  BrokenLaws broken;
  const Index dimension = accepted_dimension(variable);
  if (dimension == 0) return {"it accepts states of some dimension up to 64"};
  if (dimension > 1 && variable.misfit(dimension - 1).empty()) broken.push_back("misfit is a pure function");
  constexpr Index lanes = 64;
  const BlockBuffer states = random_states(dimension, lanes, "coarse variable");
  const ConstBlock x = states.block();
  BlockBuffer value(1, lanes), gradient(dimension, lanes), alone(1, lanes), difference(1, lanes);
  variable.evaluate(x, value.block().data(), gradient.block());
  variable.evaluate(x, alone.block().data(), Block{});
  if (!same_bits(value.block(), alone.block()))
    broken.push_back("the value does not depend on whether the gradient is asked for");
  if (!value.block().flat().isFinite().all() || !gradient.block().flat().isFinite().all())
    broken.push_back("values and gradients are finite at ordinary states");
  const auto period = variable.period();
  if (period && !(value.block().flat().maxCoeff() - value.block().flat().minCoeff() <= *period))
    broken.push_back("values of a periodic variable lie in one period");

  const double scale = 1 + gradient.block().flat().abs().maxCoeff();
  for (Index d = 0; d < dimension; ++d) {
    // Differences are taken from the value in the middle, so that an angle may cross its cut.
    const auto change = [&](ConstBlock moved, double* out) {
      variable.evaluate(moved, out, Block{});
      Row row(out, lanes);
      row -= value.block().row(0);
      if (period) row -= *period * (row / *period).round();
    };
    central_difference(x, d, 1e-4, change, difference.block().row(0));
    const double error = (difference.block().row(0) - gradient.block().row(d)).abs().maxCoeff();
    if (!(error < 1e-6 * scale))
      broken.push_back("gradient entry " + std::to_string(d) + " is the derivative of the value (off by " +
                       std::to_string(error) + ")");
  }

  BlockBuffer few(dimension, 8), few_value(1, 8), expected(1, 8);
  copy_lanes(x, 24, few.block());
  copy_lanes(value.block(), 24, expected.block());
  variable.evaluate(few.block(), few_value.block().data(), Block{});
  if (!same_bits(few_value.block(), expected.block()))
    broken.push_back("a state's value depends neither on its place nor on the size of the tile");
  return broken;
}

}  // namespace liftwell::contracts
