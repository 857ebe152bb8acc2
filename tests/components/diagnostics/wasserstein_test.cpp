// SPDX-License-Identifier: MIT
// The Wasserstein-1 distance of each coordinate, as states are and in the coordinates of a molecule.
#include <catch2/catch.hpp>
#include <numbers>

#include "lifted_scene.hpp"
#include "liftwell/data/point.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("The distance of a coordinate is its shift in standard deviations", "[statistics]") {
  // Coordinate 0 is the target and does not vary; 2 is shifted by 0.6 of the draws, and pooled states, which measure
  // the deviation, have the variance 1 + 0.09. 3000 states: standard error 0.027.
  const Findings found = against_frames("{type: wasserstein, subsample: 3000}", 1, 3000, 3000, 2, 0.6);
  REQUIRE(column(found, "coordinate") == std::vector<double>{1, 2});
  const auto distances = column(found, "distance"), p_values = column(found, "p-value");
  CHECK(distances[1] == Approx(0.6 / std::sqrt(1.09)).margin(0.1));
  CHECK(distances[0] < 0.08);
  CHECK(p_values[1] == Approx(0.005));
  CHECK(p_values[0] > 0.01);
}

namespace {

/// Four atoms in a chain with the given torsion, anywhere and turned at random.
void put_chain(float* state, RandomSequence& random, double torsion_mean) {
  const double first = 1 + 0.1 * random.normal(), second = 1 + 0.1 * random.normal(), third = 1 + 0.1 * random.normal();
  const double phi = torsion_mean + 0.3 * random.normal();
  const Point atoms[4] = {{first, 0, 0},
                          {0, 0, 0},
                          {0.1 * random.normal(), 0, second},
                          {0.3 + third * std::cos(phi), third * std::sin(phi), second + 0.2}};
  const double turn = 2 * std::numbers::pi * random.uniform(), tilt = std::acos(2 * random.uniform() - 1);
  const Point shift{5 * random.normal(), 5 * random.normal(), 5 * random.normal()};
  for (int i = 0; i < 4; ++i) {
    const Point a = atoms[i];
    const Point b{std::cos(turn) * a.x - std::sin(turn) * a.y, std::sin(turn) * a.x + std::cos(turn) * a.y, a.z};
    const Point c =
        shift + Point{b.x, std::cos(tilt) * b.y - std::sin(tilt) * b.z, std::sin(tilt) * b.y + std::cos(tilt) * b.z};
    state[3 * i] = static_cast<float>(c.x);
    state[3 * i + 1] = static_cast<float>(c.y);
    state[3 * i + 2] = static_cast<float>(c.z);
  }
}

Findings chains(const std::string& yaml, double torsion_of_draws) {
  constexpr Index drawn = 400, walkers = 400;
  RandomSequence random(RandomStream::named(3, {"chains"}), 0);
  Draws draws;
  draws.coarse = {"distance"};
  draws.targets = Matrix::Ones(1, 1);
  draws.states.resize(drawn, 12);
  draws.target.assign(drawn, 0);
  for (Index i = 0; i < drawn; ++i) put_chain(&draws.states(i, 0), random, torsion_of_draws);
  const auto frames = MemoryEnsemble::make(walkers, 1, 12);
  frames->editable_info().centres = draws.targets;
  for (Index w = 0; w < walkers; ++w) put_chain(&frames->at(0, w, 0), random, 3);
  const CoarseMap coarse({Component<CoarseVariable>(configure("coarse_variable", "{type: distance, atoms: [0, 1]}"))});
  const Executor executor(2);
  return make<ConsistencyCheck>(yaml)->evaluate({.data = {{frames, std::make_shared<Spring>(1)}},
                                                 .draws = &draws,
                                                 .coarse = &coarse,
                                                 .stream = RandomStream::named(6, {"check"}),
                                                 .executor = executor});
}

}  // namespace

TEST_CASE("A representation compares shapes, and names what is wrong", "[statistics]") {
  // The torsion of draws is 0.5 off, across the cut of its usual period; place and turn are different in every state.
  // Significance: smallest of 6 p-values above 0.005 under equality, at fixed seeds.
  const std::string in_bonds =
      "{type: wasserstein, permutations: 999, representation: {type: internal_coordinates, bonds: [[0, 1], [1, 2], [2, "
      "3]], masses: [1, 1, 1, 1]}}";
  const Findings equal = chains(in_bonds, 3), apart = chains(in_bonds, 3.5);
  CHECK(equal.values.at("wasserstein.smallest_p_value") > 0.005);
  CHECK(apart.values.at("wasserstein.smallest_p_value") == Approx(0.001));
  const Table& worst_first = apart.tables.at(1);
  CHECK(std::get<std::string>(worst_first.rows.at(0).at(0)).starts_with("torsion"));
  CHECK(std::get<double>(worst_first.rows.at(0).at(2)) > 0.7);
}
