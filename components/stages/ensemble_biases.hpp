// SPDX-License-Identifier: MIT
// Ensembles with the bias each was simulated under, rebuilt from what the artifact carries.
#pragma once

#include <memory>
#include <vector>

#include "liftwell/families/estimator.hpp"
#include "liftwell/pipeline/stage_context.hpp"

namespace liftwell {

[[nodiscard]] inline std::vector<BiasedEnsemble> with_biases(
    const std::vector<std::shared_ptr<const Ensemble>>& ensembles, const StageContext& context) {
  std::vector<BiasedEnsemble> out;
  for (const auto& ensemble : ensembles) {
    std::shared_ptr<const Bias> bias;
    if (!ensemble->info().bias.empty()) bias = context.restore<Bias>(ensemble->info().bias);
    out.push_back({ensemble, std::move(bias)});
  }
  return out;
}

}  // namespace liftwell
