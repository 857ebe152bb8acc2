// SPDX-License-Identifier: MIT
#include "liftwell/families/projection.hpp"

#include <cmath>
#include <limits>

#include "liftwell/data/block.hpp"
#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

/// ξ − z and ∇ξ of one state.
struct Constraint {
  Vector residual;
  Eigen::MatrixXd gradient;  ///< coarse x dimension
};

class Evaluator {
 public:
  Evaluator(const CoarseMap& coarse, Index dimension)
      : coarse_(coarse), x_(dimension, 1), gradient_(dimension, 1), value_(1, 1) {}

  [[nodiscard]] Constraint operator()(const Eigen::RowVectorXd& state, const Eigen::RowVectorXd& label) {
    for (Index lane = 0; lane < x_.block().lanes(); ++lane)
      for (Index d = 0; d < state.size(); ++d) x_.block()(d, lane) = state[d];
    Constraint out{Vector(coarse_.size()), Eigen::MatrixXd(coarse_.size(), state.size())};
    for (Index k = 0; k < coarse_.size(); ++k) {
      coarse_[k].evaluate(x_.block(), value_.block().data(), gradient_.block());
      out.residual[k] = coarse_.difference(k, value_.block()(0, 0), label[k]);
      for (Index d = 0; d < state.size(); ++d) out.gradient(k, d) = gradient_.block()(d, 0);
    }
    return out;
  }

 private:
  const CoarseMap& coarse_;
  BlockBuffer x_, gradient_, value_;
};

}  // namespace

Projection project(Matrix& states, const Matrix& labels, const CoarseMap& coarse, double tolerance, Index most_steps) {
  Projection out{Vector::Zero(states.rows()), Vector::Constant(states.rows(), std::nan("")), 0};
  Evaluator evaluate(coarse, states.cols());
  for (Index i = 0; i < states.rows(); ++i) {
    Eigen::RowVectorXd state = states.row(i);
    bool reached = false;
    for (Index step = 0; step <= most_steps && !reached; ++step) {
      const Constraint at = evaluate(state, labels.row(i));
      const SymmetricFactor gram(at.gradient * at.gradient.transpose());
      if (!at.residual.allFinite() || !gram.valid()) break;
      reached = at.residual.cwiseAbs().maxCoeff() <= tolerance;
      if (reached)
        out.log_surface[i] = 0.5 * gram.pivots().array().log().sum();
      else
        state -= (at.gradient.transpose() * gram.solve(at.residual)).transpose();
    }
    if (!reached || !state.allFinite()) {
      ++out.failed;
      continue;
    }
    out.moved[i] = (state - states.row(i)).norm();
    states.row(i) = state;
  }
  return out;
}

}  // namespace liftwell
