// SPDX-License-Identifier: MIT
#include "liftwell/families/score_model.hpp"

#include "liftwell/families/system.hpp"

namespace liftwell {

std::string ScoreModel::misfit(const System& system) const {
  if (std::string problem = condition().misfit(system); !problem.empty()) return problem;
  return misfit(system.dimension());
}

}  // namespace liftwell
