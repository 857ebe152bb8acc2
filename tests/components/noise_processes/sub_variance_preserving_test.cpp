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

// Song et al. (arXiv 2011.13456, appendix B): the variance of sub-VP is the square of VP's.
TEST_CASE("sub_variance_preserving has the signal of variance_preserving and the square of its variance", "[unit]") {
  const auto sub = noise_of("{type: sub_variance_preserving, beta_min: 0.2, beta_max: 15}");
  const auto full = noise_of("{type: variance_preserving, beta_min: 0.2, beta_max: 15}");
  for (const double t : {0.05, 0.3, 0.7, 1.0}) {
    CHECK(sub->alpha(t) == full->alpha(t));
    CHECK(sub->sigma(t) == Approx(std::pow(full->sigma(t), 2)));
    CHECK(sub->diffusion2(t) < full->diffusion2(t));
  }
}

TEST_CASE("sub_variance_preserving finds the time of very low and very high noise levels", "[unit]") {
  const auto sub = noise_of("{type: sub_variance_preserving, first_time: 1e-6}");
  for (const double t : {1e-6, 1e-4, 0.5, 1.0}) CHECK(sub->time_at(sub->noise_level(t)) == Approx(t).epsilon(1e-9));
}

}  // namespace liftwell
