// SPDX-License-Identifier: MIT
// dTRAM: stationary weights of cells from transitions under several biases, each constant within a cell. With
// counts c^k_ij of state k, its reduced bias energy b^k_i in cell i, and π_i = exp(−f_i) the unbiased weight,
//
//   p^k_ij = (c^k_ij + c^k_ji) / (v^k_i + v^k_j exp(f_j + b^k_j − f_i − b^k_i))
//
// has the largest likelihood among matrices that are in detailed balance with exp(−b^k) π for every k (Wu, Mey,
// Rosta, Noé, J. Chem. Phys. 141, 214106 (2014), eqs. 8 to 10). With one unbiased state it is the reversible
// Markov model of largest likelihood.
#pragma once

#include "cell_model.hpp"

namespace liftwell {

struct DiscreteSolution {
  Vector f;                    ///< per cell: −ln π_i up to a constant
  std::vector<Vector> log_v;   ///< per entry of CellModel::transitions()
  std::vector<Vector> totals;  ///< likewise: Σ_j c^k_ij
  Vector sample_weights;       ///< of the samples of the model, relative: π_i shared by the frames of cell i
  SaddleOutcome outcome;
};

/// With counts and samples weighed by their blocks. `start`, a solution for other weights or biases, saves steps;
/// `bias` stands in place of the biases of the model's nodes.
DiscreteSolution solve_discrete(const CellModel& model, const Vector& block_weights, double tolerance, int most,
                                const Executor& executor, const DiscreteSolution* start = nullptr,
                                const Vector* bias = nullptr);

/// Implied timescales −τ/ln λ of state `own` (an entry of model.transitions()) at lag τ, slowest first, `most` at
/// most: 0 where an eigenvalue λ is not positive, infinite where the state alone does not connect its cells, NaN where
/// there are no more.
Vector implied_timescales(const CellModel& model, const DiscreteSolution& solution, std::size_t own,
                          const Vector& block_weights, double lag, Index most);

/// The timescale below which eigenvalues are those of noise. With N independent transitions between n cells, each
/// element of the symmetrised matrix √(π_i/π_j) p_ij of walkers that have forgotten where they were has the variance
/// 1/(2N), so that its eigenvalues (but the first) fill the semicircle of radius √(2n/N) about 0. Transitions a frame
/// apart share all but that frame, so N is their number over the lag in frames.
double least_timescale(const CellModel& model, std::size_t own, double lag, Index lag_frames);

}  // namespace liftwell
