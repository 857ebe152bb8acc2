// SPDX-License-Identifier: MIT
// b dW for a tile of walkers.
#pragma once

#include "liftwell/families/dynamics.hpp"

namespace liftwell {

/// out_d = Σ_k b_dk w_k for each lane; `b` as Dynamics::diffusion writes it, `w` processes x lanes.
inline void noise_product(const NoiseShape& noise, ConstBlock b, ConstBlock w, Block out) {
  if (!noise.matrix) {
    out.flat() = b.flat() * w.flat();
    return;
  }
  for (Index d = 0; d < out.rows(); ++d) {
    out.row(d) = b.row(d * noise.processes) * w.row(0);
    for (Index k = 1; k < noise.processes; ++k) out.row(d) += b.row(d * noise.processes + k) * w.row(k);
  }
}

}  // namespace liftwell
