// SPDX-License-Identifier: MIT
#include "bias_columns.hpp"

#include <fmt/format.h>

#include <cmath>

namespace liftwell {
namespace {

/// The variable of the profile that has the values of `own` in every row; -1 where none has.
Index column_of(const CoarseMap& coarse, const Matrix& profile, const Eigen::Ref<const Vector>& own) {
  for (Index k = 0; k < coarse.size(); ++k) {
    bool same = true;
    for (Index n = 0; same && n < own.size(); ++n)
      same = !(std::abs(coarse.difference(k, own[n], profile(n, k))) >= 1e-6 * (1 + std::abs(own[n])));
    if (same) return k;
  }
  return -1;
}

std::string no_column(const Bias& bias, Index variable) {
  return fmt::format(
      "umbrella integration needs biases on coarse variables of the profile only, and '{}' is none of them; add it to "
      "the profile, or use wham or mbar",
      bias.coarse().names()[static_cast<std::size_t>(variable)]);
}

}  // namespace

std::vector<std::vector<Index>> columns_of_biases(const SampledFrames& frames, const CoarseMap& coarse) {
  std::vector<std::vector<Index>> out;
  for (std::size_t b = 0; b < frames.biases.size(); ++b) {
    const Matrix& values = frames.bias_coarse[b];
    auto& columns = out.emplace_back();
    for (Index c = 0; c < values.cols(); ++c) {
      columns.push_back(column_of(coarse, frames.coarse, values.col(c)));
      if (columns.back() < 0) throw InputError(no_column(*frames.biases[b], c));
    }
  }
  return out;
}

std::string misfit_of_columns(const PlannedData& data) {
  constexpr Index probes = 8;
  if (data.dimension == 0 || !data.coarse.misfit(data.dimension).empty()) return {};
  RandomSequence random(RandomStream::named(1, {"probes of coarse variables"}), 0);
  Matrix states(probes, data.dimension);
  for (double& x : states.reshaped()) x = random.normal();
  const Matrix profile = data.coarse.values(states);
  for (const PlannedEnsemble& ensemble : data.ensembles) {
    if (ensemble.bias == nullptr || !ensemble.bias->coarse().misfit(data.dimension).empty()) continue;
    const Matrix values = ensemble.bias->coarse().values(states);
    for (Index c = 0; c < values.cols(); ++c)
      if (column_of(data.coarse, profile, values.col(c)) < 0) return no_column(*ensemble.bias, c);
  }
  return {};
}

}  // namespace liftwell
