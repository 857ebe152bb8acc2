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
#pragma once

#include "discrete_tram.hpp"

namespace liftwell {

struct TramSolution {
  Vector f;                    ///< per node of the model: −ln of its weight in its state, up to one constant for all
  std::vector<Vector> log_v;   ///< per term of TramEquations: ln v of every state, then ln R of every cell
  std::vector<Vector> totals;  ///< likewise: Σ_j c^k_ij, then N^k_i
  Vector sample_weights;       ///< of the samples of the model, relative
  SaddleOutcome outcome;
};

/// Holds the Boltzmann factors of the frames of each cell in all states that visited it.
class TramEquations {
 public:
  /// About `start`, the dTRAM solution of the same model.
  TramEquations(const CellModel& model, const DiscreteSolution& start, const Executor& executor);

  [[nodiscard]] TramSolution solve(const Vector& block_weights, double tolerance, int most, const Executor& executor,
                                   const TramSolution* start = nullptr) const;

 private:
  struct CellSamples {
    std::shared_ptr<const FloatMatrix> boltzmann;  ///< samples x nodes of the cell
    std::shared_ptr<const Vector> log_scale;
    Vector origin;
    std::vector<Index> local;  ///< per sample: which node it was sampled in
  };

  const CellModel& model_;
  const DiscreteSolution& discrete_;
  Vector first_f_;  ///< per node
  std::vector<CellSamples> cells_;
};

}  // namespace liftwell
