// SPDX-License-Identifier: MIT
// What the three start policies propose.
#include <catch2/catch.hpp>
#include <set>

#include "liftwell/base/error.hpp"
#include "liftwell/families/start_policy.hpp"
#include "liftwell/store/files.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/temporary_folder.hpp"
#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;

namespace {

/// Everything a request needs, for states of two dimensions with ξ = x_0.
struct Scene {
  PlainPotential potential{2, [](const Vector& x) { return x.squaredNorm(); }};
  StillSystem system{potential, 1};
  CoarseMap coarse = axes({0});
  Targets targets{.coarse = {"c0"}, .values = Vector::LinSpaced(3, -1, 1)};
  Executor executor{2};

  StartRequest request(Index per_target) {
    return {.system = system,
            .coarse = &coarse,
            .targets = &targets,
            .per_target = per_target,
            .stream = RandomStream::named(1, {"starts"}),
            .executor = executor};
  }
};

/// ξ of frame f, walker w sweeps −1 … 1; the second coordinate is a label.
std::shared_ptr<MemoryEnsemble> sweep(Index walkers, Index frames) {
  const auto out = MemoryEnsemble::make(walkers, frames, 2);
  out->editable_info().cycle = 2;
  for (Index f = 0; f < frames; ++f)
    for (Index w = 0; w < walkers; ++w) {
      out->at(f, w, 0) = static_cast<float>(-1 + 2.0 * static_cast<double>(f) / static_cast<double>(frames - 1));
      out->at(f, w, 1) = static_cast<float>(1000 * w + f);
    }
  return out;
}

}  // namespace

TEST_CASE("single_structure proposes its position for every target", "[unit]") {
  Scene scene;
  const auto policy = make<StartPolicy>("{type: single_structure, position: [0.5, 1]}");
  CHECK(policy->misfit(2).empty());
  CHECK(policy->misfit(3) == "the position has 2 numbers, the system 3 dimensions");
  const auto lists = policy->propose(scene.request(4));
  REQUIRE(lists.size() == 3);
  CHECK(lists[2].states.rows() == 4);
  CHECK(lists[2].states.row(3) == Eigen::RowVector2d(0.5, 1));
  CHECK(lists[2].origin.size() == 4);
  StartRequest free = scene.request(2);
  free.targets = nullptr;
  CHECK(policy->propose(free).size() == 1);
}

TEST_CASE("single_structure takes the states of a file in turn and says which", "[unit]") {
  Scene scene;
  const TemporaryFolder folder;
  write_file(folder / "minima.csv", "x,y\n-1,2\n1,3\n");
  const std::string from_file = "{type: single_structure, file: " + (folder / "minima.csv").string();
  const auto policy = make<StartPolicy>(from_file + "}");
  CHECK(policy->misfit(2).empty());
  CHECK(policy->misfit(3) == "each state of minima.csv has 2 numbers, the system 3 dimensions");
  const auto lists = policy->propose(scene.request(3));
  REQUIRE(lists.size() == 3);
  REQUIRE(lists[1].states.rows() == 3);
  CHECK(lists[1].states.row(1) == Eigen::RowVector2d(1, 3));
  CHECK(lists[1].states.row(2) == Eigen::RowVector2d(-1, 2));
  CHECK(lists[1].origin == std::vector<std::string>{"minima.csv row 0", "minima.csv row 1", "minima.csv row 0"});
  // All rows are offered, so that the checks of a stage have a choice.
  CHECK(policy->propose(scene.request(1))[0].states.rows() == 2);

  CHECK_THROWS_WITH(make<StartPolicy>(from_file + ", position: [0, 0]}"), Contains("together with 'position'"));
  const auto of_system = make<StartPolicy>("{type: single_structure}");
  CHECK(of_system->needs_structure());
  CHECK_FALSE(policy->needs_structure());
  CHECK_THROWS_WITH(of_system->propose(scene.request(1)), Contains("has no structure of its own"));
  write_file(folder / "minima.csv", "x,y\n-1,2\n1,low\n");
  CHECK_THROWS_WITH(make<StartPolicy>(from_file + "}"),
                    Contains("file: cannot be used: minima.csv has 'low' in line 3, which is no number"));
}

TEST_CASE("nearest_frame proposes distinct frames near the target, of different walkers", "[unit]") {
  Scene scene;
  StartRequest request = scene.request(5);
  const auto data = sweep(20, 101);
  request.data = {data};
  const auto lists = make<StartPolicy>("{type: nearest_frame}")->propose(request);
  REQUIRE(lists.size() == 3);
  const StartCandidates& middle = lists[1];
  REQUIRE(middle.states.rows() == 20);
  std::set<std::string> origins(middle.origin.begin(), middle.origin.end());
  CHECK(origins.size() == 20);
  for (Index i = 0; i < 20; ++i) CHECK(middle.states(i, 0) == Approx(0).margin(1e-6));
  CHECK(middle.origin.front() == "made_up cycle 2 walker 0 frame 50");
  CHECK(middle.states(0, 1) == 50);
  CHECK(lists[2].origin.front() == "made_up cycle 2 walker 0 frame 100");
}

TEST_CASE("nearest_frame spreads over times when walkers are few", "[unit]") {
  Scene scene;
  StartRequest request = scene.request(8);
  request.data = {sweep(2, 400)};
  const auto lists = make<StartPolicy>("{type: nearest_frame}")->propose(request);
  std::set<std::string> origins(lists[1].origin.begin(), lists[1].origin.end());
  CHECK(origins.size() == lists[1].origin.size());
  CHECK(origins.size() >= 8);
  // Nearest first.
  for (Index i = 1; i < lists[1].states.rows(); ++i)
    CHECK(std::abs(lists[1].states(i, 0)) >= std::abs(lists[1].states(i - 1, 0)));
}

TEST_CASE("nearest_frame leaves out equilibration and dropped walkers and says when nothing is left", "[unit]") {
  Scene scene;
  StartRequest request = scene.request(2);
  const auto data = sweep(3, 101);
  data->editable_info().discard_frames = 60;
  data->editable_info().dropped = {0};
  request.data = {data};
  const auto policy = make<StartPolicy>("{type: nearest_frame}");
  const auto lists = policy->propose(request);
  CHECK(lists[0].origin.front() == "made_up cycle 2 walker 1 frame 60");
  data->editable_info().discard_frames = 101;
  CHECK_THROWS_AS(policy->propose(request), InputError);
}

TEST_CASE("score_model starts hand each draw to its own target", "[unit]") {
  Scene scene;
  StartRequest request = scene.request(2);
  Draws draws{.coarse = {"c0"}, .targets = Matrix(2, 1), .target = {1, 0, 1}, .states = FloatMatrix(3, 2)};
  draws.targets << 1, -1;
  draws.states << -1, 10, 1, 11, -1, 12;
  const auto policy = make<StartPolicy>("{type: score_model}");
  CHECK_THROWS_AS(policy->propose(request), InputError);
  request.draws = &draws;
  const auto lists = policy->propose(request);
  REQUIRE(lists.size() == 3);
  REQUIRE(lists[0].states.rows() == 2);  // the target −1
  CHECK(lists[0].states(1, 1) == 12);
  CHECK(lists[0].origin[1] == "score_model draw 2");
  CHECK(lists[1].states.rows() == 0);
  CHECK(lists[2].states(0, 1) == 11);
}
