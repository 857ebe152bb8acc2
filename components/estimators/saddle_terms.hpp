// SPDX-License-Identifier: MIT
// The two kinds of terms of the saddle function: transitions of one state, samples of one cell.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "saddle_point.hpp"

namespace liftwell {

/// c_ij + c_ji of two different cells, or c_ii of one; i and j count the cells of one state.
struct PairCount {
  Index i = 0, j = 0;  ///< i <= j
  double count = 0;
};

/// Transitions within one state: H(s) = Σ_{i<j} (c_ij + c_ji) ln(e^{s_i} + e^{s_j}) + Σ_i c_ii s_i, c_i = Σ_j c_ij.
/// With f_i the free energy of cell i in this state, the reversible transition probabilities of largest
/// likelihood are p_ij = (c_ij + c_ji) / (v_i + v_j exp(f_j − f_i)).
class CountTerm final : public SaddleTerm {
 public:
  void evaluate(const Vector& s, Vector& slope, std::vector<Eigen::Triplet<double>>* curvature) const override {
    slope = Vector::Zero(s.size());
    Vector diagonal = slope;
    if (curvature != nullptr) curvature->clear();
    for (const PairCount& pair : pairs) {
      if (pair.i == pair.j) {
        slope[pair.i] += pair.count;
        continue;
      }
      const double q = 1 / (1 + std::exp(s[pair.j] - s[pair.i]));
      slope[pair.i] += pair.count * q;
      slope[pair.j] += pair.count * (1 - q);
      if (curvature == nullptr) continue;
      const double weight = pair.count * q * (1 - q);
      diagonal[pair.i] += weight;
      diagonal[pair.j] += weight;
      curvature->emplace_back(pair.j, pair.i, -weight);
    }
    if (curvature != nullptr)
      for (Index i = 0; i < s.size(); ++i) curvature->emplace_back(i, i, diagonal[i]);
  }

  std::vector<PairCount> pairs;
};

/// Samples of one cell, of all states that visited it: H(s) = Σ_n c_n ln Σ_k exp(s_k − u_k(n)), c_n the weight of
/// sample n (1, or another in a bootstrap replicate), totals Σ c_n over the samples of each state.
class SampleTerm final : public SaddleTerm {
 public:
  void evaluate(const Vector& s, Vector& slope, std::vector<Eigen::Triplet<double>>* curvature) const override {
    constexpr Index tile = 128;
    const Index states = s.size();
    slope = Vector::Zero(states);
    Matrix shared = Matrix::Zero(states, states);
    const Eigen::RowVectorXd factors = (s - origin).array().exp().transpose();
    for (Index first = 0; first < boltzmann->rows(); first += tile) {
      const Index count = std::min(tile, boltzmann->rows() - first);
      Matrix p = boltzmann->middleRows(first, count).cast<double>() * factors.asDiagonal();
      for (Index n = 0; n < count; ++n) p.row(n) *= 1 / p.row(n).sum();
      if (curvature == nullptr) {
        slope.noalias() += p.transpose() * weights.segment(first, count);
        continue;
      }
      const Matrix weighted = weights.segment(first, count).asDiagonal() * p;
      slope += weighted.colwise().sum().transpose();
      shared.noalias() += p.transpose() * weighted;
    }
    if (curvature == nullptr) return;
    curvature->clear();
    for (Index k = 0; k < states; ++k)
      for (Index l = 0; l <= k; ++l) curvature->emplace_back(k, l, (k == l ? slope[k] : 0) - shared(k, l));
  }

  /// ln Σ_k exp(s_k − u_k(n)) of every sample.
  [[nodiscard]] Vector log_sums(const Vector& s) const {
    const Vector factors = (s - origin).array().exp();
    return (boltzmann->cast<double>() * factors).array().log() + log_scale->array();
  }

  /// exp(origin_k − u_k(n) − log_scale_n), samples x states: at most 1, so that single precision loses nothing.
  std::shared_ptr<const FloatMatrix> boltzmann;
  std::shared_ptr<const Vector> log_scale;
  Vector origin;
  Vector weights;
};

}  // namespace liftwell
