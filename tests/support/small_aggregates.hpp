// SPDX-License-Identifier: MIT
// The part of the small registry that computes over the points of a sweep.
#pragma once

#include <string>
#include <vector>

#include "liftwell/families/aggregate.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell::small {

struct MeanOptions {
  std::string over;
};

struct IdleMean : Aggregate {
  explicit IdleMean(const MeanOptions& options) : options_(options) {}
  void check(const SweepOutline& sweep, Problems& problems) const override {
    for (const SweepAxis& axis : sweep.axes)
      if (axis.name != options_.over) problems.add("over", "is not this axis", "'" + options_.over + "'", axis.name);
  }
  [[nodiscard]] Aggregated evaluate(const std::string&, const SweepResults&) const override { return {}; }
  MeanOptions options_;
};

inline void add_aggregates(Registry& registry) {
  ComponentDeclaration mean = Declaration<Aggregate, MeanOptions>("mean", "A mean over points.")
                                  .reference("Textbook: sum x / n.")
                                  .parameter("over", &MeanOptions::over, unit::none, "Which axis.", required())
                                  .example("{type: mean, over: seed}")
                                  .creates<IdleMean>();
  mean.family.default_type = "mean";
  registry.add(std::move(mean));
}

}  // namespace liftwell::small
