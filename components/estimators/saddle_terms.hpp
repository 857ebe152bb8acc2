// SPDX-License-Identifier: MIT
// The term of the saddle function that transitions of one state make.
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

}  // namespace liftwell
