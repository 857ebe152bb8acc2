// SPDX-License-Identifier: MIT
// An energy with its gradient, evaluated for a tile of walkers at once.
#pragma once

#include "liftwell/data/block.hpp"

namespace liftwell {

class EnergySurface {
 public:
  virtual ~EnergySurface() = default;

  [[nodiscard]] virtual Index dimension() const = 0;

  /// `x` is dimension x lanes (length). Writes the gradient (energy/length, same shape) and, unless
  /// `energy` is null, `lanes` energies (64-byte aligned). A lane's result depends on that lane only.
  virtual void evaluate(ConstBlock x, double* energy, Block gradient) const = 0;
};

}  // namespace liftwell
