// SPDX-License-Identifier: MIT
// What several chains of one quantity say about their own convergence.
#pragma once

#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// Split R-hat and autocorrelation of m chains (Gelman et al., Bayesian Data Analysis, 3rd ed.,
/// sections 11.4 and 11.5). Every chain is cut into halves; W is the mean variance within the
/// halves, B the variance of their means, v = (n−1)/n W + B, R-hat = sqrt(v/W). The autocorrelation
/// at lag t is 1 − (W − mean autocovariance)/v, so chains that disagree count as correlated; it is
/// summed over Geyer's initial positive pairs. Chains may differ in length.
struct ChainStatistics {
  double mean = 0;
  double variance = 0;                  ///< v, of the pooled law
  double r_hat = 1;                     ///< 1 when mixed; infinite when chains are constant and differ
  double statistical_inefficiency = 1;  ///< g = 1 + 2 τ; τ = Σ ρ_t is the autocorrelation time in frames
  double effective_size = 0;            ///< independent values the chains are worth
};

/// Chains with fewer than 4 values are left out.
[[nodiscard]] ChainStatistics chain_statistics(const std::vector<Vector>& chains);

}  // namespace liftwell
