// SPDX-License-Identifier: MIT
// The energy distance and its diagnostic.
#include <catch2/catch.hpp>
#include <cmath>

#include "diagnostics/pair_distances.hpp"
#include "diagnostics/sorted_line.hpp"
#include "lifted_scene.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

Matrix normals(Index count, Index dimension, std::uint32_t lane, double mean = 0) {
  RandomSequence random(RandomStream::named(9, {"energy"}), lane);
  Matrix out(count, dimension);
  for (Index i = 0; i < count; ++i)
    for (Index c = 0; c < dimension; ++c) out(i, c) = mean + random.normal();
  return out;
}

/// The definition, pair by pair in double precision.
double by_definition(const Matrix& x, const Matrix& y) {
  const auto mean_distance = [](const Matrix& a, const Matrix& b) {
    double sum = 0;
    for (Index i = 0; i < a.rows(); ++i)
      for (Index j = 0; j < b.rows(); ++j) sum += (a.row(i) - b.row(j)).norm();
    return sum / static_cast<double>(a.rows() * b.rows());
  };
  return 2 * mean_distance(x, y) - mean_distance(x, x) - mean_distance(y, y);
}

double pooled(const PooledSample& sample, const Division& division) { return sample.distances({division})(0, 0); }

}  // namespace

TEST_CASE("The energy distance of single points is twice their distance", "[unit]") {
  const Matrix x = Matrix::Zero(1, 2), y = Eigen::RowVector2d(3, 4);
  CHECK(energy_distance(x, y) == Approx(10));
  CHECK(energy_distance(normals(20, 3, 1), normals(20, 3, 1)) == Approx(0).margin(1e-5));
  // {0} against {1, 3}: 2 * 2 - 0 - (0 + 2 + 2 + 0)/4.
  CHECK(energy_distance(Matrix::Zero(1, 1), Matrix(Eigen::Vector2d(1, 3))) == Approx(3));
}

TEST_CASE("All ways to the energy distance agree with its definition", "[unit]") {
  // 700 states make more than one block.
  for (const Index dimension : {1, 2, 5}) {
    const Matrix x = normals(700, dimension, 1), y = normals(530, dimension, 2, 0.3);
    const double expected = by_definition(x, y);
    CHECK(energy_distance(x, y) == Approx(expected).margin(1e-6));
    const Division division = leading(x.rows(), x.rows() + y.rows());
    CHECK(pooled(PairDistances(stacked(x, y)), division) == Approx(expected).margin(1e-5));
    if (dimension == 1) CHECK(SortedLine(stacked(x, y).col(0)).energy(division) == Approx(expected).margin(1e-12));
  }
}

TEST_CASE("The energy distance of shifted normal laws is the one of theory", "[statistics]") {
  // One coordinate, shift a: 2 E|X − Y| − 2 E|X − X'| = (4/sqrt π)(exp(−a²/4) − 1) + 2 a erf(a/2), plus
  // 2 E|X − X'|/n = 4/(n sqrt π) from pairs of a state with itself. The standard error of the table
  // decides; it is 0.009 here. Fails with the factor 2 of the sorted sum left out.
  const double a = 0.5, n = 4000, pi = std::acos(-1.0);
  const double expected = 4 / std::sqrt(pi) * (std::exp(-a * a / 4) - 1 + 1 / n) + 2 * a * std::erf(a / 2);
  LiftedScene scene({.shift = a}, 2, 4000);
  const Findings found = scene.evaluate("{type: energy_distance, subsample: 4000, repeats: 16, permutations: 19, " +
                                        exact_reference + "}");
  const auto distances = column(found, "distance"), errors = column(found, "distance error");
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(errors[i] < 0.02);
    CHECK(std::abs(distances[i] - expected) < 4 * errors[i]);
    CHECK(column(found, "under equality")[i] == Approx(4 / (n * std::sqrt(pi))).epsilon(0.8));
  }
}

TEST_CASE("Draws from the exact conditional law have a ratio near 1", "[statistics]") {
  // Three targets; the ratio of two such statistics of 300 states scatters between 0.3 and 3. A shift of 0.7
  // standard deviations is the failure this must see.
  LiftedScene right({});
  const Findings good = right.evaluate("{type: energy_distance, " + exact_reference + "}");
  CHECK(good.values.at("energy_distance.mean_ratio") < 2.5);
  CHECK(good.values.at("energy_distance.smallest_p_value") > 0.01);
  REQUIRE(good.tables.front().rows.size() == 3);
  REQUIRE(good.targets.size() == 3);
  for (std::size_t t = 0; t < 3; ++t) {
    const auto& row = good.tables.front().rows[t];
    CHECK(good.targets[t].target == std::vector<double>{std::get<double>(row[0])});
    CHECK(good.targets[t].values.at("energy_distance.distance") == std::get<double>(row[3]));
    CHECK(good.targets[t].values.at("energy_distance.p_value") == std::get<double>(row[9]));
  }

  LiftedScene wrong({.shift = 0.7});
  const Findings bad = wrong.evaluate("{type: energy_distance, " + exact_reference + "}");
  CHECK(bad.values.at("energy_distance.mean_ratio") > 10);
  CHECK(bad.values.at("energy_distance.smallest_p_value") < 0.01);
}

TEST_CASE("With a bias the window's law is the one compared with", "[statistics]") {
  // Fails with the bias left out of the exact law: the ratio of the posterior is then 37.
  const std::string window = "{type: energy_distance, " + exact_reference +
                             ", bias: {type: harmonic, on: {type: coordinate, index: 0}, stiffness: 3}";
  LiftedScene posterior({.stretch = 0.75, .spread = 0.5});
  CHECK(posterior.evaluate(window + "}").values.at("energy_distance.mean_ratio") < 2.5);
  LiftedScene slice({});
  const Findings bad = slice.evaluate(window + ", permutation_subsample: 100}");
  CHECK(bad.values.at("energy_distance.mean_ratio") > 10);
  // Two coordinates vary: the table says how many states the p-value is from.
  CHECK(column(bad, "states tested")[0] == 100);
  CHECK(column(bad, "draws")[0] == 300);
}

TEST_CASE("Without a reference, simulated frames of the target's window are compared with", "[statistics]") {
  const auto windows = MemoryEnsemble::make(600, 3, 2);
  EnsembleInfo& info = windows->editable_info();
  info.centres = Vector::LinSpaced(3, -1, 1);
  RandomSequence random(RandomStream::named(6, {"windows"}), 0);
  for (Index w = 0; w < 600; ++w) {
    info.window[static_cast<std::size_t>(w)] = w % 3;
    for (Index f = 0; f < 3; ++f) {
      const double x = 0.75 * info.centres(w % 3, 0) + 0.5 * random.normal();
      windows->at(f, w, 0) = static_cast<float>(x);
      windows->at(f, w, 1) = static_cast<float>(x + random.normal());
    }
  }
  const std::vector<BiasedEnsemble> data{{windows, std::make_shared<Spring>(3)}};
  LiftedScene right({.stretch = 0.75, .spread = 0.5}), wrong({.stretch = 0.75, .spread = 0.5, .shift = 0.7});
  const Findings good = right.evaluate("{type: energy_distance}", data);
  CHECK(column(good, "independent")[0] == 200);  // the walkers have one frame each
  CHECK(good.values.at("energy_distance.smallest_p_value") > 0.01);
  CHECK(wrong.evaluate("{type: energy_distance}", data).values.at("energy_distance.smallest_p_value") < 0.01);
  // Frames of any window near ξ = z hold the law at z: y − x is N(0, 1), x spread over the tolerance.
  LiftedScene near({.spread = 0.05});
  CHECK(near.evaluate("{type: energy_distance, near: 0.1}", data).values.at("energy_distance.smallest_p_value") > 0.01);
}
