// SPDX-License-Identifier: MIT
// The MBAR equations and their solution. With u_k(n) the reduced bias energy of sample n in state k,
// N_k the samples of state k and f_k its reduced free energy,
//
//   P_nk = N_k exp(f_k − u_k(n)) / Σ_j N_j exp(f_j − u_j(n)),     Σ_n P_nk = N_k for every k
//
// (Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008), eq. 11). These are the stationarity
// conditions of the convex function L(f) = Σ_n ln Σ_k N_k exp(f_k − u_k(n)) − Σ_k N_k f_k, with
// Hessian diag(Σ_n P_nk) − PᵀP, so damped Newton steps find the one solution (f_0 = 0).
//
// Samples are taken in tiles of fixed size and summed in slabs that depend on their number only: the
// result does not depend on threads, and tiles are short enough that a matrix product never splits
// its inner sum according to the processor's caches.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "liftwell/data/factorization.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/execution/executor.hpp"

namespace liftwell {

inline constexpr Index mbar_tile = 128;

/// Calls `work(slab, first, count)` for tiles of samples; tiles of one slab come in order on one thread.
inline void for_each_tile(const Executor& executor, Index samples, Index slabs,
                          const std::function<void(Index slab, Index first, Index count)>& work) {
  const Index tiles = (samples + mbar_tile - 1) / mbar_tile;
  executor.for_each(slabs, [&](Index slab) {
    for (Index tile = slab * tiles / slabs; tile < (slab + 1) * tiles / slabs; ++tile)
      work(slab, tile * mbar_tile, std::min(mbar_tile, samples - tile * mbar_tile));
  });
}

/// Slabs into which sums over samples are split: enough for many threads, few enough to hold.
inline constexpr Index mbar_slabs = 32;

/// L, its gradient Σ_n P_nk − N_k and its Hessian at one f.
struct MbarPoint {
  double objective = 0;
  Vector column_sums;  ///< Σ_n P_nk
  Matrix overlap;      ///< PᵀP
};

/// The problem in scaled form: boltzmann(n, k) = exp(−u_k(n)) up to a factor for each sample and a
/// factor for each state, so that everything fits single precision; `populations` N_k; `weight`, one
/// per sample (empty: 1), for bootstrap replicates.
class MbarEquations {
 public:
  MbarEquations(const FloatMatrix& boltzmann, Vector populations, std::vector<double> weight = {})
      : boltzmann_(boltzmann), populations_(std::move(populations)), weight_(std::move(weight)) {}

  /// At f relative to the factors of the states.
  [[nodiscard]] MbarPoint at(const Vector& f, const Executor& executor) const {
    const Index states = boltzmann_.cols();
    const Vector factors = populations_.array() * f.array().exp();
    std::vector<MbarPoint> parts(mbar_slabs, {0, Vector::Zero(states), Matrix::Zero(states, states)});
    for_each_tile(executor, boltzmann_.rows(), mbar_slabs, [&](Index slab, Index first, Index count) {
      MbarPoint& part = parts[static_cast<std::size_t>(slab)];
      Matrix p = boltzmann_.middleRows(first, count).cast<double>() * factors.asDiagonal();
      for (Index n = 0; n < count; ++n) {
        const double weight = weight_.empty() ? 1 : weight_[static_cast<std::size_t>(first + n)];
        const double sum = p.row(n).sum();
        part.objective += weight * std::log(sum);
        p.row(n) *= 1 / sum;
        part.column_sums += weight * p.row(n).transpose();
        p.row(n) *= std::sqrt(weight);
      }
      part.overlap.noalias() += p.transpose() * p;
    });
    MbarPoint whole{-populations_.dot(f), Vector::Zero(states), Matrix::Zero(states, states)};
    for (const MbarPoint& part : parts) {
      whole.objective += part.objective;
      whole.column_sums += part.column_sums;
      whole.overlap += part.overlap;
    }
    return whole;
  }

  /// Largest |Σ_n P_nk / N_k − 1|: zero at the solution.
  [[nodiscard]] double residual(const MbarPoint& point) const {
    return (point.column_sums.array() / populations_.array() - 1).abs().maxCoeff();
  }

  /// Improves `f` until residual() is below `tolerance`; false when `most` steps were not enough.
  /// Steps are self-consistent (eq. 11 iterated) for the first `warm_up`, then Newton's, with the
  /// diagonal raised (Levenberg) while they do not lower L.
  [[nodiscard]] bool solve(Vector& f, double tolerance, int warm_up, int most, const Executor& executor,
                           MbarPoint& point) const {
    const Index states = populations_.size();
    point = at(f, executor);
    double damping = 0;
    for (int step = 0; step < most; ++step) {
      if (residual(point) < tolerance) return true;
      Vector next = f;
      if (step < warm_up || states == 1) {
        next.array() -= (point.column_sums.array() / populations_.array()).log();
        next.array() -= next[0];
        f = next;
        point = at(f, executor);
        continue;
      }
      Matrix hessian = -point.overlap;
      hessian.diagonal() += point.column_sums + damping * populations_;
      const Vector gradient = point.column_sums - populations_;
      next.tail(states - 1) -=
          SymmetricFactor(hessian.bottomRightCorner(states - 1, states - 1)).solve(gradient.tail(states - 1));
      MbarPoint trial;
      if (next.allFinite() && (next - f).cwiseAbs().maxCoeff() < 50) trial = at(next, executor);
      // Rounding makes L flat near the solution; there a smaller residual is the better judge.
      const double slack = 1e-13 * std::abs(point.objective);
      if (trial.column_sums.size() > 0 &&
          (trial.objective < point.objective - slack || residual(trial) < residual(point))) {
        f = next;
        point = std::move(trial);
        damping = damping < 1e-6 ? 0 : damping / 10;
      } else {
        if (damping > 1e6) return false;
        damping = std::max(1e-4, 10 * damping);
      }
    }
    return residual(point) < tolerance;
  }

 private:
  const FloatMatrix& boltzmann_;
  Vector populations_;
  std::vector<double> weight_;
};

}  // namespace liftwell
