// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/noise_process.hpp"

namespace liftwell {
namespace {

std::unique_ptr<NoiseProcess> noise_of(const std::string& text) {
  return build<NoiseProcess>(*configure("noise_process", text));
}

}  // namespace

TEST_CASE("edm is linear variance-exploding noise with Karras et al.'s range in standard deviations", "[unit]") {
  const auto edm = noise_of("{type: edm}");
  CHECK(edm->noise_level(0) == Approx(0.002 / 0.5));
  CHECK(edm->noise_level(1) == Approx(80 / 0.5));
  const auto other = noise_of("{type: variance_exploding, schedule: linear, sigma_min: 0.004, sigma_max: 160}");
  for (const double t : {0.0, 0.3, 1.0}) {
    CHECK(edm->sigma(t) == other->sigma(t));
    CHECK(edm->diffusion2(t) == other->diffusion2(t));
    CHECK(edm->alpha(t) == 1);
  }
  CHECK(edm->noise_level(0.5) == Approx(0.5 * (0.004 + 160)));
}

}  // namespace liftwell
