// SPDX-License-Identifier: MIT
// The problem that reversible Markov models and dTRAM have in common, and Newton's method for it.
//
// Both maximise a likelihood that is linear in f (free energies) and in logarithms of transition probabilities,
// under constraints "a sum of exponentials is at most 1": a geometric program, so convex. What remains when everything
// but f and the multipliers v > 0 of the constraints is eliminated is a saddle function, concave in f and convex in v,
//
//   D(f, v) = Σ_terms [ c·f + Σ_i v_i − H(s) ],     s_i = ln v_i + f_i + shift_i,
//
// with a convex H for each term, whose slope S = ∂H/∂s is homogeneous (Σ_i S_i is constant). Its conditions are
//
//   v = S  in every term,     Σ_terms c = Σ_terms S  for every f.
//
// For counts of one thermodynamic state (CountTerm) these are eqs. 8 and 9 of Wu, Mey, Rosta and Noé, J. Chem.
// Phys. 141, 214106 (2014). Self-consistent iteration of those needs thousands of
// rounds where cells exchange slowly; Newton steps need about ten.
#pragma once

#include <Eigen/SparseCore>
#include <memory>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/execution/executor.hpp"

namespace liftwell {

/// One term. All vectors have an entry per f that it depends on.
class SaddleTerm {
 public:
  virtual ~SaddleTerm() = default;
  /// S at s, and the lower triangle of L = ∂²H/∂s² unless `curvature` is null.
  virtual void evaluate(const Vector& s, Vector& slope, std::vector<Eigen::Triplet<double>>* curvature) const = 0;

  std::vector<Index> unknowns;  ///< which f
  Vector shift;
  Vector totals;           ///< c
  Vector log_multipliers;  ///< ln v: a start, and the solution afterwards
};

using SaddleTerms = std::vector<std::unique_ptr<SaddleTerm>>;

struct SaddleOutcome {
  bool converged = false;
  int steps = 0;
  double last_change = 0;  ///< largest |Δf| of the last Newton step: an estimate of the error before it
};

/// Improves f and the multipliers of all terms until a Newton step changes no f by more than `tolerance`, at
/// most `most` steps. f is determined up to a constant; f[0] stays as it is.
SaddleOutcome solve_saddle(SaddleTerms& terms, Vector& f, double tolerance, int most, const Executor& executor);

}  // namespace liftwell
