// SPDX-License-Identifier: MIT
// Weights of branches, drawn and true.
#include <catch2/catch.hpp>

#include "lifted_scene.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

const std::string check = "{type: branch_weights, coordinates: {type: coordinate, index: 1}, thresholds: 0.5";

}  // namespace

TEST_CASE("The weights of draws and of the exact law are those of theory", "[statistics]") {
  // At z, y is N(z, 1) and the weight above 0.5 is Φ(z − 0.5); draws shifted by 0.2 have Φ(z − 0.3). 5 standard
  // errors of 2000 draws are 0.056. Fails with the threshold's sides exchanged.
  LiftedScene scene({.shift = 0.2}, 3, 2000);
  const Findings found = scene.evaluate(check + ", " + exact_reference + "}");
  const auto drawn = column(found, "weight drawn"), truth = column(found, "weight true");
  const auto drawn_error = column(found, "drawn error"), true_error = column(found, "true error");
  for (std::size_t i = 0; i < 3; ++i) {
    const double z = static_cast<double>(i) - 1;
    CHECK(std::abs(drawn[i] - normal_cdf(z - 0.3)) < 5 * drawn_error[i]);
    CHECK(std::abs(truth[i] - normal_cdf(z - 0.5)) < 5 * true_error[i]);
    CHECK(drawn_error[i] == Approx(std::sqrt(drawn[i] * (1 - drawn[i]) / 2000)).epsilon(0.01));
    CHECK(column(found, "z")[i] > 3);
    CHECK(column(found, "p-value")[i] < 0.003);
  }
}

TEST_CASE("z of equal laws is standard normal", "[statistics]") {
  // 400 targets: the mean square is 1 up to 4 sqrt(2/400) = 0.28. Fails with the error of the true weight left out
  // (mean square 1.94). Fisher's p-values are discrete and therefore too large, never too small.
  const Findings found = against_frames(check + ", max_targets: 400}", 400, 150, 200, 1);
  CHECK(found.values.at("branch_weights.mean_square_z") == Approx(1).margin(0.28));
  const auto p_values = column(found, "p-value");
  REQUIRE(p_values.size() == 400);
  for (const double level : {0.05, 0.2, 0.5}) {
    const auto below = std::count_if(p_values.begin(), p_values.end(), [&](double p) { return p <= level; });
    CHECK(static_cast<double>(below) < 400 * level + 4 * std::sqrt(400 * level * (1 - level)));
    CHECK(static_cast<double>(below) > 0.4 * 400 * level);
  }
}

TEST_CASE("Fisher's p-value is that of the table of all exchanges", "[unit]") {
  // The lady tasting tea: 3 of 4 above against 1 of 4; (16 + 16 + 1 + 1)/70.
  Draws draws;
  draws.coarse = {"c0"};
  draws.targets = Matrix::Zero(1, 1);
  draws.target = {0, 0, 0, 0};
  draws.states.resize(4, 2);
  draws.states << 0, 1, 0, 1, 0, 1, 0, -1;
  const auto frames = MemoryEnsemble::make(4, 1, 2);
  frames->editable_info().centres = Matrix::Zero(1, 1);
  for (Index w = 0; w < 4; ++w) frames->at(0, w, 1) = w == 0 ? 1 : -1;
  const CoarseMap coarse = axes({0});
  const Executor executor(1);
  const Findings found = make<ConsistencyCheck>(check + "}")
                             ->evaluate({.data = {{frames, std::make_shared<Spring>(1)}},
                                         .draws = &draws,
                                         .coarse = &coarse,
                                         .stream = RandomStream::named(1, {"check"}),
                                         .executor = executor});
  CHECK(found.values.at("branch_weights.smallest_p_value") == Approx(34.0 / 70));
  CHECK(found.values.at("branch_weights.largest_z") == Approx(0.5 / std::sqrt(0.25 * 0.5)));
  CHECK(found.values.at("branch_weights.largest_difference") == Approx(0.5));
}
