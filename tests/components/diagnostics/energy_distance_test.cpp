// SPDX-License-Identifier: MIT
// The energy distance, its permutation test, and the diagnostic built on them.
#include <catch2/catch.hpp>
#include <cmath>

#include "diagnostics/energy_statistics.hpp"
#include "liftwell/families/diagnostic.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

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

RandomSequence shuffles(std::uint32_t lane) { return {RandomStream::named(9, {"shuffles"}), lane}; }

/// V = x²/2 + (y − x)²/2 at kT = 1: y given x is N(x, 1); in the window of stiffness 3 at z, x is
/// N(3z/4, 1/4).
struct Scene {
  PlainPotential potential{2, [](const Vector& x) { return x[0] * x[0] / 2 + (x[1] - x[0]) * (x[1] - x[0]) / 2; }};
  StillSystem system{potential, 1};
  CoarseMap coarse = axes({0});
  Executor executor{2};
  Draws draws;

  /// 300 draws at each of −1, 0 and 1: x = `stretch`·z + `spread`·normal, y = x + `shift` + normal.
  Scene(double stretch, double spread, double shift) {
    draws.coarse = {"c0"};
    draws.targets = Vector::LinSpaced(3, -1, 1);
    draws.states.resize(900, 2);
    RandomSequence random(RandomStream::named(4, {"draws"}), 0);
    for (Index i = 0; i < 900; ++i) {
      draws.target.push_back(i % 3);
      const double x = stretch * draws.targets(i % 3, 0) + spread * random.normal();
      draws.states.row(i) << static_cast<float>(x), static_cast<float>(x + shift + random.normal());
    }
  }

  Findings evaluate(const std::string& yaml, std::vector<BiasedEnsemble> data = {}) {
    return make<ConsistencyCheck>(yaml)->evaluate({.data = std::move(data),
                                                   .draws = &draws,
                                                   .system = &system,
                                                   .coarse = &coarse,
                                                   .stream = RandomStream::named(2, {"check"}),
                                                   .executor = executor});
  }
};

const std::string reference = "reference: {type: quadrature, low: [-6, -8], high: [6, 8]}";

}  // namespace

TEST_CASE("The energy distance of single points is twice their distance", "[unit]") {
  const Matrix x = Matrix::Zero(1, 2), y = Eigen::RowVector2d(3, 4);
  CHECK(EnergyTest(x, y).distance() == Approx(10));
  CHECK(EnergyTest(normals(20, 3, 1), normals(20, 3, 1)).distance() == Approx(0).margin(1e-5));
  // {0} against {1, 3}: 2 * 2 - 0 - (0 + 2 + 2 + 0)/4.
  CHECK(EnergyTest(Matrix::Zero(1, 1), Matrix(Eigen::Vector2d(1, 3))).distance() == Approx(3));
}

TEST_CASE("p-values of equal laws are uniform", "[statistics]") {
  // 300 pairs of samples of one law: Kolmogorov-Smirnov distance from uniform below 1.63/sqrt(300) (1 %
  // level), widened by the step 1/100. Fails when the samples' own order is left out of the count: p = 0.
  std::vector<double> values;
  for (std::uint32_t i = 0; i < 300; ++i)
    values.push_back(EnergyTest(normals(40, 2, 2 * i), normals(30, 2, 2 * i + 1)).permute(99, shuffles(i)).p_value);
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    distance = std::max(distance, std::abs(values[i] - (static_cast<double>(i) + 0.5) / 300));
  CHECK(distance < 1.63 / std::sqrt(300) + 0.01);
  CHECK(values.front() >= 0.01);
}

TEST_CASE("A shift of half a standard deviation is seen", "[statistics]") {
  // 200 against 200 in two dimensions: far beyond the 199 permutations.
  const auto result = EnergyTest(normals(200, 2, 1), normals(200, 2, 2, 0.5)).permute(199, shuffles(0));
  CHECK(result.p_value == Approx(0.005));
}

TEST_CASE("Draws from the exact conditional law have a ratio near 1", "[statistics]") {
  // Three targets; the ratio of two such statistics of 300 states scatters between 0.3 and 3. A shift of 0.7
  // standard deviations is the failure this must see.
  Scene right(1, 0, 0);
  const Findings good = right.evaluate("{type: energy_distance, " + reference + "}");
  CHECK(good.values.at("energy_distance.mean_ratio") < 2.5);
  CHECK(good.values.at("energy_distance.smallest_p_value") > 0.01);
  REQUIRE(good.tables.front().rows.size() == 3);

  Scene wrong(1, 0, 0.7);
  const Findings bad = wrong.evaluate("{type: energy_distance, " + reference + "}");
  CHECK(bad.values.at("energy_distance.mean_ratio") > 10);
  CHECK(bad.values.at("energy_distance.smallest_p_value") < 0.01);
}

TEST_CASE("With a bias the window's law is the one compared with", "[statistics]") {
  // Fails with the bias left out of the exact law: the ratio of the posterior is then 37.
  const std::string window = "{type: energy_distance, " + reference +
                             ", bias: {type: harmonic, on: {type: coordinate, index: 0}, stiffness: 3}}";
  Scene posterior(0.75, 0.5, 0);
  CHECK(posterior.evaluate(window).values.at("energy_distance.mean_ratio") < 2.5);
  Scene slice(1, 0, 0);
  CHECK(slice.evaluate(window).values.at("energy_distance.mean_ratio") > 10);
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
  Scene right(0.75, 0.5, 0), wrong(0.75, 0.5, 0.7);
  const Findings good = right.evaluate("{type: energy_distance}", data);
  CHECK(std::get<double>(good.tables.front().rows[0][2]) == 200);  // one frame of each of the 200 walkers
  CHECK(good.values.at("energy_distance.smallest_p_value") > 0.01);
  CHECK(wrong.evaluate("{type: energy_distance}", data).values.at("energy_distance.smallest_p_value") < 0.01);
  // Frames of any window near ξ = z hold the law at z: y − x is N(0, 1), x spread over the tolerance.
  Scene near(1, 0.05, 0);
  CHECK(near.evaluate("{type: energy_distance, near: 0.1}", data).values.at("energy_distance.smallest_p_value") > 0.01);
}
