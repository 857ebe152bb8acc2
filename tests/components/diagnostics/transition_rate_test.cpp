// SPDX-License-Identifier: MIT
// Rates of a walker that jumps between two sets, whose rates are known.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/families/diagnostic.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

Findings evaluate(std::shared_ptr<const Ensemble> data, std::shared_ptr<const Bias> bias = nullptr) {
  const Executor executor(1);
  return make<ConsistencyCheck>(
             "{type: transition_rate, coordinates: {type: coordinate, index: 0}, from: {centre: -1, radius: 0.5}, to: "
             "{centre: 1, radius: 0.5}}")
      ->evaluate({.data = {{std::move(data), std::move(bias)}},
                  .stream = RandomStream::named(1, {"rates"}),
                  .executor = executor});
}

std::shared_ptr<MemoryEnsemble> walkers(Index count, Index frames) {
  auto out = MemoryEnsemble::make(count, frames, 1);
  out->editable_info().timestep = 0.5;
  return out;
}

}  // namespace

TEST_CASE("transition_rate counts from the set visited last, and not before the first visit", "[unit]") {
  const auto data = walkers(1, 10);
  Index frame = 0;
  for (const float x : {0.F, -1.F, 0.F, -1.F, 0.F, 1.F, 1.F, 0.F, -1.F, -1.F}) data->at(frame++, 0) = x;
  const Findings found = evaluate(data);
  // In "from" for frames 2 to 5 and 9, in "to" for 6 to 8, half a time unit each.
  CHECK(found.values.at("transition_rate.there") == Approx(1 / 2.5));
  CHECK(found.values.at("transition_rate.back") == Approx(1 / 1.5));
}

TEST_CASE("transition_rate finds the rates of a two-state process within its errors", "[statistics]") {
  // Jump probabilities 0.02 and 0.1 a frame: rates 0.04 and 0.2 per time. About 3,300 jumps each way; 4 standard
  // errors, fixed seed. Counting the time of frames in a set instead of that since its last visit fails it: half of all
  // frames are between the sets.
  const Index count = 50, frames = 8000;
  const auto data = walkers(count, frames);
  for (Index w = 0; w < count; ++w) {
    RandomSequence random(RandomStream::named(3, {"jumps"}), static_cast<std::uint32_t>(w));
    double side = -1;
    for (Index f = 0; f < frames; ++f) {
      const bool jumps = random.uniform() < (side < 0 ? 0.02 : 0.1);
      if (jumps) side = -side;
      data->at(f, w) = static_cast<float>(jumps || random.uniform() < 0.5 ? side : 0);
    }
  }
  const Findings found = evaluate(data);
  for (const auto& [name, exact] : {std::pair{"there", 0.04}, {"back", 0.2}}) {
    const double value = found.values.at(std::string("transition_rate.") + name);
    const double error = found.values.at(std::string("transition_rate.") + name + "_error");
    CHECK(error < 0.04 * exact);
    CHECK(error > 0.008 * exact);
    CHECK(std::abs(value - exact) < 4 * error);
  }
}

TEST_CASE("transition_rate refuses biased walkers and sets that nobody visited", "[unit]") {
  const auto data = walkers(1, 10);
  CHECK_THROWS_WITH(evaluate(data), Catch::Contains("no walker visited either set"));
  CHECK_THROWS_WITH(evaluate(data, make<Bias>("{type: harmonic, on: {type: coordinate, index: 0}, stiffness: 1}")),
                    Catch::Contains("made_up are biased"));
}
