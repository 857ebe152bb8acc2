// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/start_policy.hpp"

namespace liftwell {
namespace {

struct Scene {
  std::unique_ptr<System> system = build<System>(
      *configure("system",
                 "{potential: {type: harmonic, centre: [0, 0], stiffness: 1}, temperature: 0.01, integrator: "
                 "{type: leimkuhler_matthews, timestep: 0.01}}"));
  std::unique_ptr<Bias> window =
      build<Bias>(*configure("bias", "{type: harmonic, on: {type: coordinate, index: 0}, stiffness: 20}"));
  Targets targets{.coarse = window->coarse().names(), .values = Matrix(4, 1)};
  Executor executor{2};

  Scene() { targets.values << 1.5, -0.5, 0.5, 1.0; }
  [[nodiscard]] std::vector<StartCandidates> starts(const std::string& more) const {
    const auto policy = build<StartPolicy>(
        *configure("start_policy",
                   "{type: steered, position: [0.3, 0], pull: {type: harmonic, on: {type: coordinate, "
                   "index: 0}, stiffness: 20}, speed: 0.5" +
                       more + "}"));
    return policy->propose({.system = *system,
                            .coarse = &window->coarse(),
                            .targets = &targets,
                            .per_target = 6,
                            .stream = RandomStream::named(1, {"starts"}),
                            .executor = executor});
  }
};

}  // namespace

// In equilibrium x is 20/21 of the centre, spread by sqrt(0.01/21) = 0.02. Seen to fail with the centre left at the
// beginning of each leg.
TEST_CASE("Steered walkers arrive at every target, by way of the nearest ones, at the cost of the way", "[unit]") {
  const Scene scene;
  const auto lists = scene.starts(", settle: 300");
  REQUIRE(lists.size() == 4);
  for (Index t = 0; t < 4; ++t) {
    const StartCandidates& list = lists[static_cast<std::size_t>(t)];
    REQUIRE(list.states.rows() == 6);
    for (Index i = 0; i < 6; ++i) CHECK(list.states(i, 0) == Approx(scene.targets.values(t, 0) * 20 / 21).margin(0.1));
    CHECK(list.states.row(0) != list.states.row(1));
  }
  // 0.3 -> 0.5 -> 1.0 -> 1.5, and 0.3 -> -0.5: 0.2, 0.5, 0.5 and 0.8 at 0.005 a step.
  CHECK(lists[2].force_evaluations == 6 * (40 + 300));
  CHECK(lists[3].force_evaluations == 6 * (100 + 300));
  CHECK(lists[0].force_evaluations == 6 * (100 + 300));
  CHECK(lists[1].force_evaluations == 6 * (160 + 300));
  CHECK(lists[2].origin[5] == "steered walker 5 from the structure");
  CHECK(lists[0].origin[1] == "steered walker 1 by way of 1");
}

TEST_CASE("A target where steering begins costs nothing but settling", "[unit]") {
  Scene scene;
  scene.targets.values << 0.3, 0.3, 0.3, 0.3;
  for (const StartCandidates& list : scene.starts("")) {
    CHECK(list.force_evaluations == 0);
    CHECK(list.states == Eigen::RowVector2d(0.3, 0).replicate(6, 1));
  }
}

TEST_CASE("Steered refuses a structure of another dimension and targets of other variables", "[unit]") {
  Scene scene;
  const auto policy = build<StartPolicy>(*configure(
      "start_policy",
      "{type: steered, position: [0.3, 0], pull: {type: harmonic, on: {type: coordinate, index: 0}, stiffness: "
      "20}, speed: 0.5}"));
  CHECK(policy->misfit(3) == "the position has 2 numbers, the system 3 dimensions");
  scene.targets.coarse = {"other"};
  CHECK_THROWS_WITH(scene.starts(""), Catch::Contains("steered pulls along") && Catch::Contains("other"));
}

}  // namespace liftwell
