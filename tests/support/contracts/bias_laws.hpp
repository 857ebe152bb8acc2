// SPDX-License-Identifier: MIT
// Laws of every bias.
#pragma once

#include "liftwell/families/bias.hpp"
#include "support/contracts/laws.hpp"

namespace liftwell::contracts {

/// At random coarse values and centres: the derivative is that of the energy, the energy does not depend
/// on whether the derivative is asked for, and moving value and centre of a periodic variable by whole
/// periods changes nothing (to 1e-9).
inline BrokenLaws bias_laws(const Bias& bias) {
  BrokenLaws broken;
  const Index count = bias.coarse().size();
  if (count < 1) return {"it acts on at least one coarse variable"};
  constexpr Index lanes = 64;
  const BlockBuffer values = random_states(count, lanes, "bias values");
  const BlockBuffer centres = random_states(count, lanes, "bias centres");
  const ConstBlock xi = values.block();
  const ConstBlock centre = centres.block();
  BlockBuffer energy(1, lanes), derivative(count, lanes), alone(1, lanes), difference(1, lanes);
  bias.evaluate(xi, centre, energy.block().data(), derivative.block());
  bias.evaluate(xi, centre, alone.block().data(), Block{});
  if (!same_bits(energy.block(), alone.block()))
    broken.push_back("the energy does not depend on whether the derivative is asked for");
  const double scale = 1 + derivative.block().flat().abs().maxCoeff();
  for (Index k = 0; k < count; ++k) {
    central_difference(
        xi, k, 1e-4, [&](ConstBlock moved, double* out) { bias.evaluate(moved, centre, out, Block{}); },
        difference.block().row(0));
    const double error = (difference.block().row(0) - derivative.block().row(k)).abs().maxCoeff();
    if (!(error < 1e-6 * scale))
      broken.push_back("derivative " + std::to_string(k) + " is that of the energy (off by " + std::to_string(error) +
                       ")");
    if (const auto period = bias.coarse()[k].period()) {
      BlockBuffer shifted(count, lanes);
      shifted.block().flat() = xi.flat();
      shifted.block().row(k) += 3 * *period;
      bias.evaluate(shifted.block(), centre, alone.block().data(), Block{});
      if (!((alone.block().flat() - energy.block().flat()).abs().maxCoeff() < 1e-9 * scale))
        broken.push_back("a whole period of variable " + std::to_string(k) + " changes nothing");
    }
  }
  const Vector sigma = bias.sigma(2.0);
  if (sigma.size() != count || !(sigma.array() > 0).all())
    broken.push_back("sigma is one positive number for each coarse variable");
  return broken;
}

}  // namespace liftwell::contracts
