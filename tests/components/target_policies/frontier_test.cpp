// SPDX-License-Identifier: MIT
// Laws of the frontier: one lattice for all cycles, one step beyond what was visited, an end.
#include <catch2/catch.hpp>

#include "liftwell/families/target_policy.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

/// `frames` frames of one walker at each of `values`.
std::shared_ptr<MemoryEnsemble> visits(const std::vector<double>& values, Index frames) {
  const auto out = MemoryEnsemble::make(static_cast<Index>(values.size()), frames, 2);
  for (std::size_t w = 0; w < values.size(); ++w)
    for (Index f = 0; f < frames; ++f) out->at(f, static_cast<Index>(w)) = static_cast<float>(values[w]);
  return out;
}

Targets propose(const std::string& more, const std::vector<std::shared_ptr<const Ensemble>>& data) {
  return make<TargetPolicy>("{type: frontier, on: {type: coordinate, index: 0}, spacing: 0.1" + more + "}")
      ->propose({.data = data});
}

std::vector<double> values(const Targets& targets) {
  return {targets.values.data(), targets.values.data() + targets.values.size()};
}

}  // namespace

TEST_CASE("The frontier covers what was visited and one target beyond each edge", "[unit]") {
  const Targets targets = propose("", {visits({-0.21, 0.08}, 10)});
  REQUIRE(targets.values.rows() == 6);
  for (Index i = 0; i < 6; ++i) CHECK(targets.values(i, 0) == static_cast<double>(i - 3) * 0.1);
  CHECK_FALSE(targets.exhausted);
  CHECK(targets.note == "coordinate visited from -0.2 to 0.1; 6 targets from -0.3 to 0.2, 4 of them new");
}

TEST_CASE("Targets of different cycles coincide bit for bit", "[unit]") {
  const auto first = values(propose(", anchor: 0.037", {visits({0.2}, 10)}));
  const auto second = values(propose(", anchor: 0.037", {visits({0.2}, 10), visits({-0.6, 0.9}, 10)}));
  CHECK(second.size() > first.size());
  for (const double value : first) CHECK(std::count(second.begin(), second.end(), value) == 1);
}

TEST_CASE("Too few frames do not make a value visited", "[unit]") {
  const std::vector<std::shared_ptr<const Ensemble>> data{visits({0.0}, 10), visits({0.8}, 9)};
  CHECK(propose("", data).values.rows() == 3);
  CHECK(propose(", min_frames: 9", data).values.rows() == 11);
  CHECK(propose(", beyond: 3", data).values.rows() == 7);
}

TEST_CASE("Equilibration and dropped walkers count for nothing", "[unit]") {
  const auto data = visits({0.0, 0.8}, 20);
  data->editable_info().dropped = {1};
  CHECK(propose("", {data}).values.rows() == 3);
  data->editable_info().discard_frames = 15;
  CHECK_THROWS_WITH(propose("", {data}), Catch::Contains("no value of coordinate with 10 frames"));
}

TEST_CASE("Limits hold, and the frontier is exhausted when nothing inside them is new", "[unit]") {
  const Targets open = propose(", low: -0.1, high: 0.25", {visits({0.0}, 10)});
  CHECK(values(open) == std::vector<double>{-0.1, 0.0, 0.1});
  CHECK_FALSE(open.exhausted);
  const Targets full = propose(", low: -0.1, high: 0.25", {visits({-0.1, 0.0, 0.1, 0.2}, 10)});
  CHECK(full.values.rows() == 4);
  CHECK(full.exhausted);
  CHECK_THROWS_WITH(propose(", low: 3", {visits({0.0}, 10)}), Catch::Contains("no target inside its limits"));
}

TEST_CASE("A window that was simulated but never reached is not new again", "[unit]") {
  const auto windows = visits({0.0}, 10);
  EnsembleInfo& info = windows->editable_info();
  info.bias = "made up";
  info.coarse = {"coordinate"};
  info.centres.resize(2, 1);
  info.centres << -0.1, 0.1;
  CHECK(propose("", {windows}).exhausted);
}
