// SPDX-License-Identifier: MIT
// label_error and free_energy_error on numbers worked out by hand.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/families/diagnostic.hpp"
#include "support/evaluated.hpp"
#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

const PlainPotential potential(2, [](const Vector&) { return 0.0; });
const StillSystem twice(potential, 2);

}  // namespace

TEST_CASE("label_error gives mean and largest distance per target", "[unit]") {
  const CoarseMap coarse = axes({1});
  const Executor executor(1);
  Draws draws{.coarse = {"c1"}, .targets = Matrix(2, 1), .target = {0, 0, 1}, .states = FloatMatrix(3, 2)};
  draws.targets << 0, 1;
  draws.states << 9, 0.25F, 9, -0.75F, 9, 1;
  const DiagnosticRequest request{.draws = &draws, .system = &twice, .coarse = &coarse, .executor = executor};
  const Findings findings = make<ConsistencyCheck>("{type: label_error}")->evaluate(request);
  CHECK(findings.values.at("label_error.mean") == Approx(1.0 / 3));
  CHECK(findings.values.at("label_error.max") == Approx(0.75));
  const auto& first = findings.tables.front().rows[0];
  CHECK(std::get<double>(first[2]) == 2);
  CHECK(std::get<double>(first[3]) == Approx(-0.25));
  CHECK(std::get<double>(first[4]) == Approx(0.5));
  REQUIRE(findings.targets.size() == 2);
  CHECK(findings.targets[0].target == std::vector<double>{0});
  CHECK(findings.targets[0].values.at("label_error.mean") == Approx(0.5));
  CHECK(findings.targets[0].values.at("label_error.max") == Approx(0.75));
  CHECK(findings.targets[1].values.at("label_error.mean") == 0);

  // sigma = sqrt(kT/κ) = sqrt(2/8) = 0.5.
  const std::string biased =
      "{type: label_error, bias: {type: harmonic, on: {type: coordinate, index: 1}, stiffness: 8}}";
  CHECK(make<ConsistencyCheck>(biased)->evaluate(request).values.at("label_error.mean_sigma") == Approx(2.0 / 3));
  CHECK(make<ConsistencyCheck>(biased)->evaluate(request).targets[0].values.at("label_error.mean_sigma") == Approx(1));
}

TEST_CASE("label_error of an angle is taken on the circle", "[unit]") {
  const CoarseMap coarse = axes({0}, 6.0);
  const Executor executor(1);
  Draws draws{.coarse = {"c0"}, .targets = Matrix::Constant(1, 1, 2.75), .target = {0}, .states = FloatMatrix(1, 1)};
  draws.states << -2.75F;
  const DiagnosticRequest request{.draws = &draws, .coarse = &coarse, .executor = executor};
  CHECK(make<ConsistencyCheck>("{type: label_error}")->evaluate(request).values.at("label_error.max") == Approx(0.5));
}

TEST_CASE("free_energy_error aligns the curves and counts errors in standard errors", "[unit]") {
  const Executor executor(1);
  FreeEnergy result;
  result.values = Eigen::Vector4d(0, 3, 50, std::nan(""));
  result.reference = Eigen::Vector4d(0, 1, 100, 2);
  result.differences = {{"basins", 36, 0.5, 35.0}, {"other", 1, 1, {}}};
  const DiagnosticRequest request{.free_energy = &result, .executor = executor};
  const auto check = make<ConsistencyCheck>("{type: free_energy_error, up_to: 10}");
  CHECK(check->needs_free_energy());
  const Findings findings = check->evaluate(request);
  // Errors 0 and 2, aligned −1 and 1; the bin at 100 is too high, the last was not visited.
  CHECK(findings.values.at("free_energy_error.rms") == Approx(1));
  CHECK(findings.values.at("free_energy_error.unvisited_bins") == 1);
  CHECK(findings.values.at("free_energy_error.basins.z") == Approx(2));
  CHECK(findings.values.count("free_energy_error.other") == 0);
  result.reference.resize(0);
  CHECK_THROWS_WITH(check->evaluate(request), Catch::Contains("exact reference"));
}
