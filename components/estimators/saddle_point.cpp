// SPDX-License-Identifier: MIT
#include "saddle_point.hpp"

#include <Eigen/SparseCholesky>
#include <algorithm>
#include <cmath>

namespace liftwell {
namespace {

using Triplet = Eigen::Triplet<double>;

/// Slopes, curvatures and the residual norm of all terms at one point.
struct SaddleState {
  std::vector<Vector> slopes;
  std::vector<std::vector<Triplet>> curvatures;
  Vector imbalance;  ///< per f: Σ_terms (c − S)
  double merit = 0;
};

class SaddleSolver {
 public:
  SaddleSolver(SaddleTerms& terms, Vector& f, const Executor& executor) : terms_(terms), f_(f), executor_(executor) {
    Index row = f.size();
    scale_ = Vector::Zero(f.size());
    for (const auto& term : terms) {
      first_row_.push_back(row);
      row += term->totals.size();
      scales_.emplace_back(term->log_multipliers.array().exp());
      for (Index i = 0; i < term->totals.size(); ++i)
        scale_[term->unknowns[static_cast<std::size_t>(i)]] += scales_.back()[i];
    }
    rows_ = row;
  }

  SaddleOutcome solve(double tolerance, int most) {
    SaddleOutcome out;
    SaddleState here = at(true);
    for (out.steps = 1; out.steps <= most; ++out.steps) {
      std::vector<Vector> change_v;
      Vector change;
      if (newton_step(here, change, change_v)) {
        out.last_change = change.cwiseAbs().maxCoeff();
        if (out.last_change < tolerance) {
          move(change, change_v, 1);
          out.converged = true;
          return out;
        }
        if (line_search(here, change, change_v)) continue;
      }
      for (int i = 0; i < sweeps; ++i) sweep();
      here = at(true);
    }
    out.steps = most;
    return out;
  }

 private:
  static constexpr int sweeps = 10;

  SaddleState at(bool curvatures) const {
    SaddleState out;
    out.slopes.resize(terms_.size());
    if (curvatures) out.curvatures.resize(terms_.size());
    executor_.for_each(static_cast<Index>(terms_.size()), [&](Index t) {
      const auto at = static_cast<std::size_t>(t);
      const SaddleTerm& term = *terms_[at];
      Vector s = term.log_multipliers + term.shift;
      for (Index i = 0; i < s.size(); ++i) s[i] += f_[term.unknowns[static_cast<std::size_t>(i)]];
      term.evaluate(s, out.slopes[at], curvatures ? &out.curvatures[at] : nullptr);
    });
    out.imbalance = Vector::Zero(f_.size());
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      const SaddleTerm& term = *terms_[t];
      const auto misfit = 1 - out.slopes[t].array() * (-term.log_multipliers.array()).exp();
      out.merit += (scales_[t].array() * misfit.square()).sum();
      for (Index i = 0; i < term.totals.size(); ++i)
        out.imbalance[term.unknowns[static_cast<std::size_t>(i)]] += term.totals[i] - out.slopes[t][i];
    }
    out.merit += (out.imbalance.array().square() / scale_.array()).sum();
    return out;
  }

  /// With z = Δv/v the Newton equations are, S and L of each term,
  ///   (S − L) z − L Δf = −(v − S),     Σ_terms (−L z − L Δf) = −Σ_terms (c − S):
  /// quasi-definite, so that LDLᵀ exists for any order of elimination. A constant may be added to f, so f[0]
  /// is held. The diagonal is raised by a hair where multipliers are undetermined (as many constraints as samples).
  bool newton_step(const SaddleState& here, Vector& change, std::vector<Vector>& change_v) {
    constexpr double hair = 1e-11;
    std::vector<Triplet> entries;
    Vector right(rows_), total = Vector::Zero(f_.size());
    right.head(f_.size()) = -here.imbalance;
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      const SaddleTerm& term = *terms_[t];
      const Vector& slope = here.slopes[t];
      const Index first = first_row_[t];
      for (Index i = 0; i < slope.size(); ++i) {
        total[term.unknowns[static_cast<std::size_t>(i)]] += slope[i];
        entries.emplace_back(first + i, first + i, (1 + hair) * slope[i]);
        right[first + i] = slope[i] - std::exp(term.log_multipliers[i]);
      }
      for (const Triplet& l : here.curvatures[t]) {
        const Index i = l.row(), j = l.col();
        const Index fi = term.unknowns[static_cast<std::size_t>(i)], fj = term.unknowns[static_cast<std::size_t>(j)];
        entries.emplace_back(first + i, first + j, -l.value());
        entries.emplace_back(first + i, fj, -l.value());
        if (i != j) entries.emplace_back(first + j, fi, -l.value());
        entries.emplace_back(std::max(fi, fj), std::min(fi, fj), -l.value());
      }
    }
    for (Index u = 0; u < f_.size(); ++u) entries.emplace_back(u, u, -(u == 0 ? 1 : hair) * total[u]);
    Eigen::SparseMatrix<double> matrix(rows_, rows_);
    matrix.setFromTriplets(entries.begin(), entries.end());
    if (!analysed_) factor_.analyzePattern(matrix);
    analysed_ = true;
    factor_.factorize(matrix);
    if (factor_.info() != Eigen::Success) return false;
    const Vector solution = factor_.solve(right);
    if (!solution.allFinite()) return false;
    change = solution.head(f_.size()).array() - solution[0];
    for (std::size_t t = 0; t < terms_.size(); ++t)
      change_v.emplace_back(solution.segment(first_row_[t], terms_[t]->totals.size()));
    return true;
  }

  void move(const Vector& change, const std::vector<Vector>& change_v, double length) {
    f_ += length * change;
    for (std::size_t t = 0; t < terms_.size(); ++t)
      terms_[t]->log_multipliers.array() += (length * change_v[t].array()).max(-0.9).log1p();
  }

  /// Moves along the step as far as it lowers the norm of the residual; false, and nothing moved, when it does not.
  bool line_search(SaddleState& here, const Vector& change, const std::vector<Vector>& change_v) {
    constexpr double furthest = 5;  // in f, units of kT
    constexpr int halvings = 8;
    const Vector f = f_;
    std::vector<Vector> multipliers;
    for (const auto& term : terms_) multipliers.push_back(term->log_multipliers);
    double length = std::min(1.0, furthest / change.cwiseAbs().maxCoeff());
    for (int i = 0; i < halvings; ++i, length /= 2) {
      move(change, change_v, length);
      SaddleState there = at(true);
      if (there.merit < (1 - 1e-3 * length) * here.merit) {
        here = std::move(there);
        return true;
      }
      f_ = f;
      for (std::size_t t = 0; t < terms_.size(); ++t) terms_[t]->log_multipliers = multipliers[t];
    }
    return false;
  }

  /// Self-consistent iteration: v = S, then f raised by ln(Σc / ΣS).
  void sweep() {
    const SaddleState before = at(false);
    for (std::size_t t = 0; t < terms_.size(); ++t) terms_[t]->log_multipliers = before.slopes[t].array().log();
    const SaddleState after = at(false);
    Vector wanted = Vector::Zero(f_.size());
    for (const auto& term : terms_)
      for (Index i = 0; i < term->totals.size(); ++i)
        wanted[term->unknowns[static_cast<std::size_t>(i)]] += term->totals[i];
    const Vector step = (wanted.array() / (wanted - after.imbalance).array()).log();
    f_.array() += step.array() - step[0];
  }

  SaddleTerms& terms_;
  Vector& f_;
  const Executor& executor_;
  std::vector<Index> first_row_;
  std::vector<Vector> scales_;
  Vector scale_;
  Index rows_ = 0;
  bool analysed_ = false;
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>, Eigen::Lower> factor_;
};

}  // namespace

SaddleOutcome solve_saddle(SaddleTerms& terms, Vector& f, double tolerance, int most, const Executor& executor) {
  return SaddleSolver(terms, f, executor).solve(tolerance, most);
}

}  // namespace liftwell
