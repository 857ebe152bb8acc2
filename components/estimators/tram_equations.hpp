// SPDX-License-Identifier: MIT
// TRAM: free energies f^k_i of every state k in every cell i, and weights of single frames, from transitions and
// from bias energies of single frames together (Wu, Paul, Wehmeyer, Noé, PNAS 113, E3221 (2016), eqs. 15 to 19).
// With counts c^k_ij and N^k_i frames of state k in cell i,
//
//   Σ_j (c^k_ij + c^k_ji) / (v^k_i + v^k_j exp(f^k_j − f^k_i)) = 1
//   Σ_{n in i} exp(f^k_i − u_k(n)) / Σ_l R^l_i exp(f^l_i − u_l(n)) = 1
//   v^k_i + R^k_i = Σ_j c^k_ij + N^k_i
//
// and frame n of cell i has the unbiased weight 1 / Σ_l R^l_i exp(f^l_i − u_l(n)). (R is written here by the sum of
// rows of v; it is the same as in the paper where the first equation holds.)
//
// With f^k_i = f_i + b^k_i the equations fall into two problems that each have a fast solution: given the biases b,
// the first and the sum of the second over k are dTRAM's for f_i and v (Newton's method); given f, v and so R, the
// second is a small MBAR of its own in every cell, which only settles how b is averaged over a cell. The two hang
// together by R alone, weakly, so taking turns converges fast where Newton steps for all unknowns at once cost
// minutes and plain iteration takes thousands of rounds.
#pragma once

#include "discrete_tram.hpp"

namespace liftwell {

struct TramSolution {
  Vector bias;                ///< b^k_i per node of the model
  DiscreteSolution discrete;  ///< f_i and v under these biases
  Vector sample_weights;      ///< of the samples of the model, relative
  SaddleOutcome outcome;      ///< steps: turns taken
};

/// Holds the Boltzmann factors of the frames of each cell in all states that visited it.
class TramEquations {
 public:
  TramEquations(const CellModel& model, const Executor& executor);

  /// Until a turn changes no f^k_i by more than `tolerance`, at most `most` turns.
  [[nodiscard]] TramSolution solve(const Vector& block_weights, double tolerance, int most, const Executor& executor,
                                   const TramSolution* start = nullptr) const;

 private:
  struct CellSamples {
    FloatMatrix boltzmann;     ///< exp(origin_k − u_k(n) − log_scale_n), samples x nodes of the cell: at most 1
    Vector log_scale;          ///< per sample
    Vector origin;             ///< per node
    std::vector<Index> local;  ///< per sample: which node it was sampled in
  };

  [[nodiscard]] Vector effective_counts(const DiscreteSolution& discrete, const Vector& block_weights) const;
  void average_biases(Index cell, const Vector& counts, const Vector& block_weights, double tolerance,
                      Vector& bias) const;
  [[nodiscard]] Vector weigh_samples(const TramSolution& solution, const Vector& counts) const;

  const CellModel& model_;
  std::vector<CellSamples> cells_;
};

}  // namespace liftwell
