// SPDX-License-Identifier: MIT
// Jensen-Shannon divergence of two samples from their histograms.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "sample_distance.hpp"

namespace liftwell {

/// Per coordinate, the inner edges of `bins` bins that hold equal shares of `states`. Values that
/// occur often make edges coincide; the bin between two equal edges is empty and does no harm.
[[nodiscard]] inline std::vector<std::vector<double>> equal_share_edges(const Matrix& states, Index bins) {
  std::vector<std::vector<double>> edges;
  for (Index c = 0; c < states.cols(); ++c) {
    std::vector<double> values(static_cast<std::size_t>(states.rows()));
    for (Index i = 0; i < states.rows(); ++i) values[static_cast<std::size_t>(i)] = states(i, c);
    std::sort(values.begin(), values.end());
    auto& mine = edges.emplace_back();
    for (Index b = 1; b < bins; ++b) mine.push_back(values[static_cast<std::size_t>(b * states.rows() / bins)]);
  }
  return edges;
}

/// JS(P, Q) = KL(P | M)/2 + KL(Q | M)/2 with M = (P + Q)/2, in nats: 0 for equal, ln 2 for disjoint
/// histograms. For samples of n and m states of one law it is near (bins − 1)(1/n + 1/m)/8 on
/// average, not 0.
class BinnedSample final : public PooledSample {
 public:
  BinnedSample(const Matrix& states, const std::vector<std::vector<double>>& edges) : bins_(edges[0].size() + 1) {
    for (Index c = 0; c < states.cols(); ++c) {
      const auto& mine = edges[static_cast<std::size_t>(c)];
      auto& bin = bin_.emplace_back();
      for (Index i = 0; i < states.rows(); ++i)
        bin.push_back(
            static_cast<std::uint32_t>(std::upper_bound(mine.begin(), mine.end(), states(i, c)) - mine.begin()));
    }
  }

  [[nodiscard]] Matrix distances(const std::vector<Division>& divisions) const override {
    Matrix out(static_cast<Index>(bin_.size()), static_cast<Index>(divisions.size()));
    for (std::size_t c = 0; c < bin_.size(); ++c)
      for (std::size_t p = 0; p < divisions.size(); ++p)
        out(static_cast<Index>(c), static_cast<Index>(p)) = divergence(bin_[c], divisions[p]);
    return out;
  }

 private:
  [[nodiscard]] double divergence(const std::vector<std::uint32_t>& bin, const Division& division) const {
    std::vector<double> counts(2 * bins_, 0);
    double first = 0;
    for (std::size_t i = 0; i < bin.size(); ++i) {
      ++counts[2 * bin[i] + division[i]];
      first += division[i];
    }
    const double second = static_cast<double>(bin.size()) - first;
    double sum = 0;
    for (std::size_t b = 0; b < bins_; ++b) {
      const double p = counts[2 * b + 1] / first, q = counts[2 * b] / second, middle = (p + q) / 2;
      if (p > 0) sum += p * std::log(p / middle) / 2;
      if (q > 0) sum += q * std::log(q / middle) / 2;
    }
    return std::max(0.0, sum);
  }

  std::size_t bins_;
  std::vector<std::vector<std::uint32_t>> bin_;  ///< per coordinate and state
};

}  // namespace liftwell
