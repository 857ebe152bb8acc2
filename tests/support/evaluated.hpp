// SPDX-License-Identifier: MIT
// One state through the batched interfaces: for tests that look at single points.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/coarse_variable.hpp"
#include "liftwell/families/potential.hpp"

namespace liftwell::testing {

/// The component that `yaml` describes.
template <class Family>
std::unique_ptr<Family> make(const std::string& yaml) {
  return build<Family>(*configure(Family::family().name, yaml));
}

struct Evaluated {
  double value = 0;
  std::vector<double> gradient;
};

/// A block whose every lane is `state`.
inline BlockBuffer all_lanes(const std::vector<double>& state) {
  BlockBuffer x(static_cast<Index>(state.size()), lane_multiple);
  for (Index d = 0; d < x.block().rows(); ++d) x.block().row(d).setConstant(state[static_cast<std::size_t>(d)]);
  return x;
}

/// Energy and gradient of a potential, or value and gradient of a coarse variable, at one state.
template <class Function>
Evaluated at(const Function& function, const std::vector<double>& state) {
  const BlockBuffer x = all_lanes(state);
  BlockBuffer value(1, lane_multiple), gradient(x.block().rows(), lane_multiple);
  function.evaluate(x.block(), value.block().data(), gradient.block());
  Evaluated out{value.block()(0, 0), {}};
  for (Index d = 0; d < x.block().rows(); ++d) out.gradient.push_back(gradient.block()(d, 0));
  return out;
}

}  // namespace liftwell::testing
