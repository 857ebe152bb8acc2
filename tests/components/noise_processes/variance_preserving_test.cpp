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

TEST_CASE("The cosine schedule is Nichol and Dhariwal's where it is not cut", "[unit]") {
  // With the cut far out, equation 17 of arXiv 2102.09672: alpha^2 = f(t)/f(0).
  const auto noise = noise_of("{type: variance_preserving, schedule: cosine, last_level: 1e9}");
  const auto f = [](double t) { return std::pow(std::cos((t + 0.008) / 1.008 * std::acos(-1.0) / 2), 2); };
  for (const double t : {1e-4, 0.01, 0.25, 0.5, 0.9}) {
    CHECK(std::pow(noise->alpha(t), 2) == Approx(f(t) / f(0)).epsilon(1e-7));
    CHECK(std::pow(noise->alpha(t), 2) + std::pow(noise->sigma(t), 2) == Approx(1));
  }
}

TEST_CASE("The cosine schedule ends at the level it is given", "[unit]") {
  for (const double level : {2.0, 100.0, 1e4}) {
    const auto noise =
        noise_of("{type: variance_preserving, schedule: cosine, last_level: " + std::to_string(level) + "}");
    CHECK(noise->noise_level(1) == Approx(level).epsilon(1e-9));
    const double log_snr = 2 * std::log(noise->alpha(1) / noise->sigma(1));
    CHECK(log_snr == Approx(-2 * std::log(level)));
    CHECK(std::isfinite(noise->diffusion2(1)));
    for (const double t : {1e-4, 0.5, 1.0}) CHECK(noise->time_at(noise->noise_level(t)) == Approx(t).epsilon(1e-9));
  }
}

}  // namespace liftwell
