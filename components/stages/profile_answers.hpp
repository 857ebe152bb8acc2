// SPDX-License-Identifier: MIT
// What a stage that makes a profile says beside it: differences between regions, and the exact answer.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/difference.hpp"
#include "liftwell/families/reference.hpp"
#include "liftwell/pipeline/stage.hpp"

namespace liftwell {

struct AnswerOptions {
  std::map<std::string, Component<Difference>> differences;
  Component<Reference> reference;

  /// Of each difference. Throws InputError where one does not fit the coarse variables.
  [[nodiscard]] std::vector<RegionPair> regions(const CoarseMap& coarse) const;
  /// Adds the exact answer for `system` (resolved text), where one is asked for.
  void add_exact(FreeEnergy& result, const Grid& grid, const std::vector<RegionPair>& regions, const CoarseMap& coarse,
                 const std::string& system, const StageContext& context) const;
};

/// Adds the parameters of AnswerOptions, from which `Options` is derived.
template <class Options>
Declaration<Stage, Options>&& with_answers(Declaration<Stage, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<std::map<std::string, Component<Difference>>>(
          "differences", &Options::differences, unit::none, "Named differences between two regions.")
      .template parameter<Component<Reference>>(
          "reference", &Options::reference, unit::none,
          "Exact answer to hold the result against, for systems small enough to have one.");
}

}  // namespace liftwell
