// SPDX-License-Identifier: MIT
// Umbrella integration where it is exact: windows that are normal laws.
#include <catch2/catch.hpp>

#include "harmonic_windows.hpp"
#include "liftwell/base/error.hpp"

using namespace liftwell;
using namespace liftwell::testing;

TEST_CASE("Umbrella integration errors match the spread of repeats", "[statistics]") {
  // With the force of the bias
  // left out the mean of z is 101.
  const HarmonicWindows windows{.centres = {-2, -1, 0, 1, 2, 3}, .walkers = 16, .frames = 30};
  const auto [mean, square] = scores_of("{type: umbrella_integration}", windows);
  CHECK(std::abs(mean) < 0.3);
  CHECK(square > 0.65);
  CHECK(square < 1.45);
}

TEST_CASE("Umbrella integration names windows that are no normal laws", "[unit]") {
  const HarmonicWindows windows{.centres = {-1, 0, 1}, .frames = 200};
  auto data = windows.request_data(4);
  CHECK(estimate_with("{type: umbrella_integration}", data).notes.empty());
  const auto skewed = std::make_shared<MemoryEnsemble>(data[0].ensemble->info());
  data[0].ensemble->for_each_chunk([&](const FrameChunk& chunk) {
    for (Index f = 0; f < chunk.frames; ++f)
      for (Index w = 0; w < chunk.walkers; ++w) {
        const float x = *chunk.state(f, w);
        skewed->at(chunk.first_frame + f, w) = w >= 16 ? std::exp(x) : x;  // the window at 1
      }
  });
  const FreeEnergy result = estimate_with("{type: umbrella_integration}", {{skewed, data[0].bias}});
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Catch::Contains("normal law") && Catch::EndsWith("skewed are the window at 1"));
}

TEST_CASE("Umbrella integration leaves out windows that no frame connects with the rest", "[unit]") {
  const HarmonicWindows windows{.centres = {0, 0.3, 0.6, 20}, .frames = 50, .stiffness = 30};
  const FreeEnergy result = estimate_with("{type: umbrella_integration}", windows.request_data(1));
  REQUIRE_FALSE(result.notes.empty());
  CHECK_THAT(result.notes[0], Catch::Contains("the window at 20"));
}

TEST_CASE("Umbrella integration refuses more than one variable and biases on another", "[unit]") {
  const auto plane = MemoryEnsemble::make(8, 10, 2);
  const Executor executor(1);
  const auto estimate = [&](const CoarseMap& coarse, std::shared_ptr<const Bias> bias) {
    const Index size = coarse.size();
    return make<Estimator>("{type: umbrella_integration}")
        ->estimate({.data = {{plane, std::move(bias)}},
                    .coarse = coarse,
                    .grid = {Vector::Constant(size, -1), Vector::Constant(size, 1),
                             std::vector<Index>(static_cast<std::size_t>(size), 4)},
                    .differences = {},
                    .thermal_energy = 1,
                    .stream = RandomStream::named(1, {"bootstrap"}),
                    .executor = executor});
  };
  CHECK_THROWS_WITH(estimate(axes({0, 1}), nullptr), Catch::Contains("one coarse variable, here are 2"));
  plane->editable_info().centres = Matrix::Zero(1, 1);
  for (Index w = 0; w < 8; ++w)
    for (Index f = 0; f < 10; ++f) plane->at(f, w, 1) = 0.1F * static_cast<float>(f + 1);
  CHECK_THROWS_WITH(estimate(axes({1}), std::make_shared<Spring>(1)),
                    Catch::Contains("of the profile and on no other"));
}
