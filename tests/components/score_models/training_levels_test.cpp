// SPDX-License-Identifier: MIT
#include "score_models/training_levels.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/config/workflow.hpp"

namespace liftwell {
namespace {

/// The ends of variance_exploding's defaults.
const double lowest = std::log(0.005);
const double highest = std::log(50.0);

/// Integral of the law's density (peak 1) from the lower end to u.
double mass(const TrainingLevels& levels, double u) {
  if (levels.law == "uniform") return u - lowest;
  const auto bump = [&](double x) {
    return levels.width * std::sqrt(std::acos(-1.0) / 2) *
           std::erf((x - levels.centre) / (levels.width * std::sqrt(2.0)));
  };
  return bump(u) - bump(lowest) + (levels.law == "mixed" ? levels.floor * (u - lowest) : 0);
}

}  // namespace

// The quantiles are piecewise linear over 4096 cells, so their distribution function is right to (1/4096)^2
// and what the law's curvature adds. Seen to fail with the floor left out, and with width for its square.
TEST_CASE("Training levels are the quantiles of their law", "[unit]") {
  for (const TrainingLevels& levels :
       {TrainingLevels{}, TrainingLevels{"log_normal", -0.507, 1.2, 0.1}, TrainingLevels{"log_normal", 2, 0.3, 0.1},
        TrainingLevels{"mixed", 1, 0.5, 0.02}, TrainingLevels{"uniform", -0.5, 1.5, 0.1}}) {
    INFO(levels.law << " " << levels.centre);
    const auto quantiles = level_quantiles(levels, lowest, highest);
    REQUIRE(quantiles.size() == 1025);
    for (std::size_t i = 0; i < quantiles.size(); ++i)
      CHECK(mass(levels, quantiles[i]) / mass(levels, highest) == Approx(static_cast<double>(i) / 1024).margin(1e-5));
  }
}

TEST_CASE("The default training levels stay what they were, to the last bit", "[unit]") {
  const auto quantiles = level_quantiles({}, lowest, highest);
  CHECK(quantiles[0] == -0x1.5317a1b949c53p+2);
  CHECK(quantiles[1] == -0x1.50583eb00bdcbp+2);
  CHECK(quantiles[512] == -0x1.09d1069763408p-1);
  CHECK(quantiles[1000] == 0x1.89d9309c01fd6p+1);
}

TEST_CASE("A law of training levels that is narrow or far away is handled", "[unit]") {
  const auto narrow = level_quantiles({"log_normal", 1, 0.01, 0}, lowest, highest);
  CHECK(narrow.front() > 0.5);
  CHECK(narrow[512] == Approx(1).margin(1e-3));
  CHECK_THROWS_AS(level_quantiles({"log_normal", 400, 0.5, 0}, lowest, highest), InputError);
}

TEST_CASE("Training levels are a group within the training group of a denoising model", "[unit]") {
  const auto model = [](const std::string& levels) {
    return configure(
        "score_model",
        "{type: denoising, noise: {type: edm}, network: {type: residual_mlp}, condition: {type: coordinate, "
        "index: 0}, training: {steps: 5, levels: " +
            levels + "}}");
  };
  const std::string resolved = to_yaml(model("{law: log_normal, centre: -0.507, width: 1.2}")->resolved);
  for (const char* text : {"law: log_normal", "centre: -0.507", "width: 1.2", "floor: 0.1"})
    CHECK_THAT(resolved, Catch::Contains(text));
  CHECK_THROWS_WITH(model("{law: normal}"), Catch::Contains("training.levels.law"));
  CHECK_THROWS_WITH(model("{widht: 1}"), Catch::Contains("training.levels.widht") && Catch::Contains("width"));
}

}  // namespace liftwell
