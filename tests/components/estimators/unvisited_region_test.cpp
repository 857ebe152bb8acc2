// SPDX-License-Identifier: MIT
// A region that nobody visited: every estimator says so, and loses nothing else.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/estimator.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// 24 walkers of 120 independent normal frames at kT = 1: nothing beyond ±5.
std::shared_ptr<MemoryEnsemble> frames() {
  const auto out = MemoryEnsemble::make(24, 120, 1);
  for (Index w = 0; w < 24; ++w) {
    RandomSequence random(RandomStream::named(12, {"unvisited"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < 120; ++f) out->at(f, w) = static_cast<float>(random.normal());
  }
  return out;
}

FreeEnergy estimate(const Estimator& estimator, const std::vector<RegionPair>& differences) {
  const Executor executor(2);
  const CoarseMap coarse = axes({0});
  return estimator.estimate({.data = {{frames(), nullptr}},
                             .coarse = coarse,
                             .grid = {Vector::Constant(1, -10), Vector::Constant(1, 10), {40}},
                             .differences = differences,
                             .thermal_energy = 1,
                             .stream = RandomStream::named(1, {"unvisited"}),
                             .executor = executor});
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("A grid nobody visited has no profile, and costs no difference", "[unit]") {
  const Executor executor(2);
  const CoarseMap coarse = axes({0});
  for (const std::string& name : Registry::global().names("estimator")) {
    DYNAMIC_SECTION(name) {
      const auto estimator =
          build<Estimator>(*configure("estimator", Registry::global().find("estimator", name)->example));
      const FreeEnergy result = estimator->estimate({.data = {{frames(), nullptr}},
                                                     .coarse = coarse,
                                                     .grid = {Vector::Constant(1, 20), Vector::Constant(1, 30), {10}},
                                                     .differences = {{"known", 0, 0.5, 9, -9, 0.5}},
                                                     .thermal_energy = 1,
                                                     .stream = RandomStream::named(1, {"unvisited"}),
                                                     .executor = executor});
      CHECK_FALSE(result.values.array().isFinite().any());
      CHECK(std::isfinite(result.differences[0].value));
      CHECK(result.differences[0].standard_error > 0);
    }
  }
}

TEST_CASE("A difference to a region nobody visited is not known, is said so, and costs the others nothing", "[unit]") {
  for (const std::string& name : Registry::global().names("estimator")) {
    DYNAMIC_SECTION(name) {
      const auto estimator =
          build<Estimator>(*configure("estimator", Registry::global().find("estimator", name)->example));
      const RegionPair known{"known", 0, 0.5, 9, -9, 0.5};
      const FreeEnergy alone = estimate(*estimator, {known});
      const FreeEnergy all = estimate(
          *estimator,
          {{"empty", 0, 7, 10, -9, 7}, known, {"against_empty", 0, -9, 7, 7, 10}, {"both_empty", 0, 7, 8, 8, 9}});
      REQUIRE(all.differences.size() == 4);
      for (const std::size_t i : {0, 2, 3}) {
        const FreeEnergyDifference& difference = all.differences[i];
        INFO(difference.name);
        CHECK(std::isnan(difference.value));
        CHECK(std::isnan(difference.standard_error));
        CHECK(std::count(all.notes.begin(), all.notes.end(),
                         "difference '" + difference.name + "': one of its regions was never visited") == 1);
      }
      CHECK(all.notes.size() == alone.notes.size() + 3);
      CHECK(std::isfinite(alone.differences[0].value));
      CHECK(alone.differences[0].standard_error > 0);
      CHECK(all.differences[1].value == alone.differences[0].value);
      CHECK(all.differences[1].standard_error == alone.differences[0].standard_error);
      for (Index i = 0; i < 40; ++i) {
        CHECK(same(all.values[i], alone.values[i]));
        CHECK(same(all.standard_errors[i], alone.standard_errors[i]));
      }
      CHECK(std::isnan(all.values[36]));  // 8.25
      CHECK(std::isfinite(all.values[20]));
    }
  }
}
