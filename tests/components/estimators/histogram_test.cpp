// SPDX-License-Identifier: MIT
// The histogram estimator against a Gaussian.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/families/estimator.hpp"
#include "support/evaluated.hpp"
#include "support/memory_ensemble.hpp"
#include "support/toy_components.hpp"

using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::shared_ptr<MemoryEnsemble> gaussian_walkers(Index walkers, Index frames, std::uint64_t seed) {
  const auto ensemble = MemoryEnsemble::make(walkers, frames, 1, 2.0);
  for (Index w = 0; w < walkers; ++w) {
    RandomSequence random(RandomStream::named(seed, {"gaussian"}), static_cast<std::uint32_t>(w));
    for (Index f = 0; f < frames; ++f) ensemble->at(f, w) = static_cast<float>(random.normal());
  }
  return ensemble;
}

FreeEnergy estimate(const BiasedEnsemble& data, const std::string& yaml = "{type: histogram}",
                    std::optional<double> period = {}) {
  const CoarseMap coarse = axes({0}, period);
  const Executor executor(2);
  const EstimationRequest request{.data = {data},
                                  .coarse = coarse,
                                  .grid = {Vector::Constant(1, -4), Vector::Constant(1, 4), {16}},
                                  .differences = {{"far", 0, 1, 9, -9, 1}},
                                  .thermal_energy = 2,
                                  .stream = RandomStream::named(1, {"bootstrap"}),
                                  .executor = executor};
  return make<Estimator>(yaml)->estimate(request);
}

const double above = std::erfc(1 / std::sqrt(2)) / 2;
const double exact_difference = -2 * std::log(above / (1 - above));

}  // namespace

TEST_CASE("The histogram gives F of a Gaussian with errors that match", "[statistics]") {
  // kT = 2. 200 repeats of 16 walkers: mean of z within 0.3, mean of z² within 0.65 … 1.45 (standard
  // error 0.1). With kT left out the mean of z is 16.
  double mean = 0, square = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const FreeEnergy result = estimate({gaussian_walkers(16, 40, 100 + i), nullptr});
    const double z = (result.differences[0].value - exact_difference) / result.differences[0].standard_error;
    mean += z / 200;
    square += z * z / 200;
  }
  CHECK(std::abs(mean) < 0.3);
  CHECK(square > 0.65);
  CHECK(square < 1.45);
}

TEST_CASE("The histogram profile has minimum 0 and NaN where nothing was seen", "[unit]") {
  const FreeEnergy result = estimate({gaussian_walkers(16, 20, 1), nullptr});
  double lowest = 1;
  for (const double value : result.values)
    if (!std::isnan(value)) lowest = std::min(lowest, value);
  CHECK(lowest == 0);
  CHECK(std::isnan(result.values[0]));
  CHECK(result.points(0, 0) == Approx(-3.75));
  CHECK(result.values.size() == 16);
}

TEST_CASE("Periodic values are moved onto the grid", "[unit]") {
  const auto plain = gaussian_walkers(8, 30, 2);
  const auto turned = gaussian_walkers(8, 30, 2);
  for (Index w = 0; w < 8; ++w)
    for (Index f = 0; f < 30; ++f) turned->at(f, w) += 16;
  const FreeEnergy expected = estimate({plain, nullptr}, "{type: histogram}", 8.0);
  const FreeEnergy result = estimate({turned, nullptr}, "{type: histogram}", 8.0);
  for (Index i = 0; i < 16; ++i)
    if (!std::isnan(expected.values[i])) CHECK(result.values[i] == Approx(expected.values[i]).margin(1e-9));
}

TEST_CASE("The histogram refuses biased data and other temperatures", "[unit]") {
  const auto data = gaussian_walkers(8, 10, 3);
  CHECK_THROWS_WITH(estimate({data, std::make_shared<Spring>(1)}), Catch::Contains("use mbar"));
  data->editable_info().thermal_energy = 3;
  CHECK_THROWS_WITH(estimate({data, nullptr}), Catch::Contains("kT = 3"));
}

TEST_CASE("More frames than max_frames are thinned and the notes say so", "[unit]") {
  const auto data = gaussian_walkers(10, 100, 4);
  const FreeEnergy result = estimate({data, nullptr}, "{type: histogram, max_frames: 250}");
  REQUIRE_FALSE(result.notes.empty());
  CHECK(result.notes.front() == "one in 4 saved frames was used: 250 in all (max_frames)");
}
