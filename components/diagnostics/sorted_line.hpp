// SPDX-License-Identifier: MIT
// One coordinate of a pooled sample in ascending order: distances of distribution functions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "sample_distance.hpp"

namespace liftwell {

/// With F and G the distribution functions of the two parts, every integral over F − G is a sum over
/// the gaps between neighbouring values. The lead m n (F − G) is an integer, so it has no rounding.
class SortedLine {
 public:
  explicit SortedLine(const Vector& values) {
    std::vector<std::pair<double, std::uint32_t>> places;  // sorted with their values: those are then read in order
    for (Index i = 0; i < values.size(); ++i) places.emplace_back(values[i], static_cast<std::uint32_t>(i));
    std::sort(places.begin(), places.end());
    for (std::size_t i = 0; i < places.size(); ++i) {
      order_.push_back(places[i].second);
      gap_.push_back(i + 1 < places.size() ? places[i + 1].first - places[i].first : 0);
    }
  }

  /// ∫ |F − G| dx: the Wasserstein-1 distance. Unit of the values.
  [[nodiscard]] double wasserstein(const Division& division) const {
    double sum = 0;
    const double scale = visit(division, [&](double lead, double gap) { sum += std::abs(lead) * gap; });
    return sum / scale;
  }
  /// 2 ∫ (F − G)² dx: the energy distance, as a V-statistic (Székely and Rizzo (2013), eq. 2.3).
  [[nodiscard]] double energy(const Division& division) const {
    double sum = 0;
    const double scale = visit(division, [&](double lead, double gap) { sum += lead * lead * gap; });
    return 2 * sum / (scale * scale);
  }
  /// max |F − G|, between different values only.
  [[nodiscard]] double kolmogorov(const Division& division) const {
    double most = 0;
    const double scale = visit(division, [&](double lead, double gap) {
      if (gap > 0) most = std::max(most, std::abs(lead));
    });
    return most / scale;
  }

 private:
  /// Calls `use(lead, gap)` for each gap; returns m n.
  template <class Use>
  double visit(const Division& division, Use use) const {
    const auto first = static_cast<std::int64_t>(std::count(division.begin(), division.end(), std::uint8_t{1}));
    const std::int64_t second = static_cast<std::int64_t>(division.size()) - first;
    std::int64_t lead = 0;
    for (std::size_t i = 0; i + 1 < order_.size(); ++i) {
      lead += division[order_[i]] != 0 ? second : -first;
      use(static_cast<double>(lead), gap_[i]);
    }
    return static_cast<double>(first) * static_cast<double>(second);
  }

  std::vector<std::uint32_t> order_;
  std::vector<double> gap_;
};

}  // namespace liftwell
