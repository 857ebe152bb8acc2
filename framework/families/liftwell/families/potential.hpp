// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/families/energy_surface.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// V(x) with its gradient. Pure: const, thread-safe, no state between calls.
class Potential : public EnergySurface {
 public:
  static FamilyInfo family() {
    return {"potential", "potentials", "V(x) with its gradient, for a batch of walkers.", ""};
  }
};

}  // namespace liftwell
