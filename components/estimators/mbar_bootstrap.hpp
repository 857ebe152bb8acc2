// SPDX-License-Identifier: MIT
// Bootstrap replicates of an MBAR solution, all at once. With P of the full data, c_n the weight of
// sample n in a replicate, N'_k = Σ_{n in k} c_n and δ_k = f'_k − f_k, the replicate's equations are
//
//   g_k = Σ_n c_n P_nk a_k / D_n − N'_k = 0,   a_k = (N'_k / N_k) exp(δ_k),   D_n = Σ_k P_nk a_k
//
// All numbers are of order one, so single precision does, and D (samples x replicates) and g (states
// x replicates) are matrix products: P is read once for all replicates. Steps use the Hessian of the
// full data, which all replicates share; those that it does not bring home get Newton steps of
// their own.
#pragma once

#include "bias_energies.hpp"
#include "liftwell/data/factorization.hpp"
#include "mbar_equations.hpp"
#include "profile.hpp"

namespace liftwell {

struct MbarReplicates {
  Matrix sums;       ///< ProfileSums::size() x replicates
  Index failed = 0;  ///< replicates without a solution; their columns are NaN
};

namespace detail {

/// N'_k of every replicate (states x replicates).
inline Matrix replicate_populations(const SampledFrames& frames, const FloatMatrix& block_weights) {
  Matrix out = Matrix::Zero(static_cast<Index>(frames.states.size()), block_weights.cols());
  for (Index n = 0; n < frames.size(); ++n) {
    const auto at = static_cast<std::size_t>(n);
    out.row(frames.state[at]) += block_weights.row(frames.block[at]).cast<double>();
  }
  return out;
}

}  // namespace detail

/// `p` is P of the full solution (samples x states) with overlap PᵀP; `block_weights` hold the weights of frames;
/// `log_weight` the unbiased log-weight of each sample in the full solution, −ln Σ_k N_k exp(f_k − u_k(n)).
inline MbarReplicates mbar_replicates(const SampledFrames& frames, const ProfileSums& layout, const FloatMatrix& p,
                                      const Matrix& overlap, const Vector& log_weight, const FloatMatrix& block_weights,
                                      const Executor& executor) {
  constexpr double tolerance = 1e-4;  // on f, in units of kT: far below any error worth estimating
  constexpr int shared_steps = 12;
  const Index states = p.cols(), replicates = block_weights.cols();
  const Vector populations = state_populations(frames);
  const Matrix replicate_populations = detail::replicate_populations(frames, block_weights);
  const Matrix ratio = replicate_populations.array().colwise() / populations.array();

  // Weights c_n / D_n of a tile (count x replicates).
  const auto tile_weights = [&](Index first, Index count, const FloatMatrix& factors, FloatMatrix& weights) {
    weights.resize(count, replicates);
    weights.noalias() = p.middleRows(first, count) * factors;
    for (Index n = 0; n < count; ++n)
      weights.row(n) =
          block_weights.row(frames.block[static_cast<std::size_t>(first + n)]).cwiseQuotient(weights.row(n));
  };
  const auto factors_of = [&](const Matrix& delta) -> FloatMatrix {
    return (ratio.array() * delta.array().exp()).cast<float>();
  };

  Matrix delta = Matrix::Zero(states, replicates);
  Vector last_step = Vector::Zero(replicates);
  if (states > 1) {
    Matrix hessian = -overlap;
    hessian.diagonal() += populations;
    const SymmetricFactor solver(hessian.bottomRightCorner(states - 1, states - 1));
    for (int step = 0; step < shared_steps; ++step) {
      const FloatMatrix factors = factors_of(delta);
      std::vector<Matrix> parts(mbar_slabs, Matrix::Zero(states, replicates));
      for_each_tile(executor, p.rows(), mbar_slabs, [&](Index slab, Index first, Index count) {
        thread_local FloatMatrix weights, product;
        tile_weights(first, count, factors, weights);
        product.noalias() = p.middleRows(first, count).transpose() * weights;
        parts[static_cast<std::size_t>(slab)] += product.cast<double>();
      });
      Matrix gradient = Matrix::Zero(states, replicates);
      for (const Matrix& part : parts) gradient += part;
      gradient = (gradient.array() * factors.cast<double>().array()).matrix() - replicate_populations;
      const Matrix change = solver.solve(gradient.bottomRows(states - 1));
      delta.bottomRows(states - 1) -= change.cwiseMax(-2).cwiseMin(2);
      last_step = change.cwiseAbs().colwise().maxCoeff().transpose();
      if (last_step.maxCoeff() < tolerance) break;
    }
  }

  std::vector<char> failed(static_cast<std::size_t>(replicates), 0);
  executor.for_each(replicates, [&](Index r) {
    if (last_step[r] < tolerance) return;
    std::vector<double> weight(static_cast<std::size_t>(frames.size()));
    for (std::size_t n = 0; n < weight.size(); ++n) weight[n] = static_cast<double>(block_weights(frames.block[n], r));
    // In the scaled form P plays the part of boltzmann, relative to N_k exp(f_k) of the full data.
    const MbarEquations equations(p, replicate_populations.col(r), std::move(weight));
    Vector f = -populations.array().log();
    f.array() -= f[0];
    const Vector origin = f;
    MbarPoint point;
    if (equations.solve(f, tolerance, 3, 60, executor, point))
      delta.col(r) = f - origin;
    else
      failed[static_cast<std::size_t>(r)] = 1;
  });

  MbarReplicates out;
  out.sums = Matrix::Zero(layout.size(), replicates);
  const double largest = log_weight.maxCoeff();
  const FloatMatrix factors = factors_of(delta);
  std::vector<Matrix> parts(mbar_slabs, Matrix::Zero(layout.size(), replicates));
  for_each_tile(executor, p.rows(), mbar_slabs, [&](Index slab, Index first, Index count) {
    thread_local FloatMatrix weights;
    tile_weights(first, count, factors, weights);
    Matrix& sums = parts[static_cast<std::size_t>(slab)];
    for (Index n = 0; n < count; ++n) {
      const double weight = std::exp(log_weight[first + n] - largest);
      layout.for_each_row(first + n, [&](Index row) { sums.row(row) += weight * weights.row(n).cast<double>(); });
    }
  });
  for (const Matrix& part : parts) out.sums += part;
  for (Index r = 0; r < replicates; ++r)
    if (failed[static_cast<std::size_t>(r)] != 0) {
      out.sums.col(r).setConstant(std::nan(""));
      ++out.failed;
    }
  return out;
}

}  // namespace liftwell
