// SPDX-License-Identifier: MIT
#include "liftwell/families/chain_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace liftwell {
namespace {

struct Half {
  Vector deviations;
  double mean = 0;
};

/// Mean over halves of the autocovariance at `lag`, each normalised by its own length.
double mean_autocovariance(const std::vector<Half>& halves, Index lag) {
  double sum = 0;
  for (const Half& half : halves) {
    const Index n = half.deviations.size();
    if (lag < n) sum += half.deviations.head(n - lag).dot(half.deviations.tail(n - lag)) / static_cast<double>(n);
  }
  return sum / static_cast<double>(halves.size());
}

}  // namespace

ChainStatistics chain_statistics(const std::vector<Vector>& chains) {
  std::vector<Half> halves;
  double total = 0, length = 0, values = 0;
  Index longest = 0;
  for (const Vector& chain : chains) {
    const Index n = chain.size() / 2;
    if (n < 2) continue;
    total += chain.sum();
    values += static_cast<double>(chain.size());
    for (const Index start : {Index{0}, chain.size() - n}) {
      const double mean = chain.segment(start, n).mean();
      halves.push_back({chain.segment(start, n).array() - mean, mean});
    }
    length += 2 * static_cast<double>(n);
    longest = std::max(longest, n);
  }
  ChainStatistics out;
  if (halves.empty()) return out;
  out.mean = total / values;

  const auto count = static_cast<double>(halves.size());
  const double n = length / count;
  double within = 0, grand = 0, between = 0;
  for (const Half& half : halves) {
    within += half.deviations.squaredNorm() / static_cast<double>(half.deviations.size() - 1) / count;
    grand += half.mean / count;
  }
  for (const Half& half : halves) between += (half.mean - grand) * (half.mean - grand) / (count - 1);
  out.variance = (n - 1) / n * within + between;
  if (out.variance <= 0) {  // one constant value everywhere
    out.effective_size = values;
    return out;
  }
  out.r_hat = within > 0 ? std::sqrt(out.variance / within) : std::numeric_limits<double>::infinity();

  const auto correlation = [&](Index lag) { return 1 - (within - mean_autocovariance(halves, lag)) / out.variance; };
  double sum = correlation(1);
  for (Index lag = 2; lag + 1 < longest && sum > 0; lag += 2) {
    const double pair = correlation(lag) + correlation(lag + 1);
    if (pair <= 0) break;
    sum += pair;
  }
  out.statistical_inefficiency = std::max(1.0, 1 + 2 * sum);
  out.effective_size = values / out.statistical_inefficiency;
  return out;
}

}  // namespace liftwell
