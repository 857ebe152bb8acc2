// SPDX-License-Identifier: MIT
// Bias energies of every state at given places, and their Boltzmann factors in a form that fits
// single precision.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "sampled_frames.hpp"

namespace liftwell {

/// Fills u(n, k) − the reduced bias energy bias_k(ξ_n; centre_k)/kT of every state − for the chosen
/// `rows` of `places`, which holds a matrix (places x coarse variables) per bias of `frames`.
inline void reduced_energies(const SampledFrames& frames, const std::vector<Matrix>& places, double thermal_energy,
                             const std::vector<Index>& rows, Matrix& u) {
  const auto count = static_cast<Index>(rows.size());
  u.setZero(count, static_cast<Index>(frames.states.size()));
  BlockBuffer energy(1, count);
  for (std::size_t b = 0; b < frames.biases.size(); ++b) {
    const Matrix& values = places[b];
    BlockBuffer xi(values.cols(), count), centre(values.cols(), count);
    for (Index c = 0; c < values.cols(); ++c)
      for (Index n = 0; n < count; ++n) xi.block()(c, n) = values(rows[static_cast<std::size_t>(n)], c);
    for (std::size_t k = 0; k < frames.states.size(); ++k) {
      if (frames.states[k].bias != static_cast<Index>(b)) continue;
      for (Index c = 0; c < values.cols(); ++c) centre.block().row(c).setConstant(frames.states[k].centre[c]);
      frames.biases[b]->evaluate(std::as_const(xi).block(), std::as_const(centre).block(), energy.block().data(), {});
      for (Index n = 0; n < count; ++n) u(n, static_cast<Index>(k)) = energy.block()(0, n) / thermal_energy;
    }
  }
}

/// Σ_k over states is dominated by states near the sample when f is near its solution, so with
/// exp(f_k − u_k(n)) scaled to a largest entry of 1 per sample single precision loses nothing.
/// `scale` receives the logarithm of that largest entry.
inline void scaled_boltzmann(const Matrix& u, const Vector& f, Index first, FloatMatrix& boltzmann, Vector& scale) {
  for (Index n = 0; n < u.rows(); ++n) {
    const auto exponent = (f.transpose() - u.row(n)).array();
    const double largest = exponent.maxCoeff();
    scale[first + n] = largest;
    boltzmann.row(first + n) = (exponent - largest).exp().cast<float>().matrix();
  }
}

/// Frames of each state, each counting its weight.
inline Vector state_populations(const SampledFrames& frames) {
  Vector out(static_cast<Index>(frames.states.size()));
  for (Index k = 0; k < out.size(); ++k) {
    const SampledState& state = frames.states[static_cast<std::size_t>(k)];
    out[k] = static_cast<double>(state.frames) * state.weight;
  }
  return out;
}

}  // namespace liftwell
