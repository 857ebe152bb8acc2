// SPDX-License-Identifier: MIT
// What the higher-order samplers are for: a good law from few score evaluations.
#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/sampler.hpp"
#include "support/mixture_score.hpp"

namespace liftwell {
namespace {

using testing::Mixture;
using testing::MixtureScore;

const Mixture law{{0.7, -0.65, 0.15}, {0.3, 1.5, 0.25}};

double cumulative(double x) {
  double sum = 0;
  for (const auto& mode : law)
    sum += mode.weight * 0.5 * std::erfc((mode.mean - x) / (mode.deviation * std::sqrt(2.0)));
  return sum;
}

/// The law's quantiles (i + 1/2)/n.
std::vector<double> quantiles(Index n) {
  std::vector<double> out;
  double low = -3;
  for (Index i = 0; i < n; ++i) {
    const double wanted = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
    double a = low, b = 4;
    while (b - a > 1e-9) (cumulative(0.5 * (a + b)) < wanted ? a : b) = 0.5 * (a + b);
    out.push_back(low = a);
  }
  return out;
}

/// Wasserstein-1 distance of a sample from the law, in standard deviations of the law (which has one).
double distance(Matrix& sample, const std::vector<double>& exact) {
  std::sort(sample.data(), sample.data() + sample.size());
  double sum = 0;
  for (Index i = 0; i < sample.size(); ++i) sum += std::abs(sample.data()[i] - exact[static_cast<std::size_t>(i)]);
  return sum / static_cast<double>(sample.size());
}

}  // namespace

// Measured with the default noise, in W1 (score evaluations): adams 0.0058 (10), 0.0008 (20), 0.0001 (40), without
// sampling error; of 200,000 draws, whose sampling error is about 0.002: euler_maruyama 0.036 (100), 0.0044 (500),
// dpm_solver 0.0106 (20), 0.0040 (40), heun 0.060 (20), 0.013 (40), edm_stochastic 0.064 (20), ancestral 0.088 (20).
// Seen to fail with the corrector of adams left out (0.0021), with two of its three points (0.0014), and with
// dpm_solver's extrapolation left out.
TEST_CASE("Twenty evaluations of adams are better than five hundred of euler_maruyama", "[statistics]") {
  const Index n = 200000;
  const auto exact = quantiles(n);
  const auto noise = build<NoiseProcess>(*configure("noise_process", "{type: variance_exploding}"));
  const MixtureScore field(*noise, {law});
  const auto sampler_of = [](const std::string& settings) {
    return build<Sampler>(*configure("sampler", "{" + settings + "}"));
  };
  const auto distance_of = [&](const std::string& settings, std::int64_t evaluations) {
    Matrix x(n, 1);
    CHECK(sampler_of(settings)->draw(field, *noise, RandomStream::named(3, {"sampler efficiency"}), 0, x) ==
          evaluations);
    return distance(x, exact);
  };
  /// Of the image of the starting law, without sampling error: the map is monotonic, so it carries quantiles.
  const auto exact_distance_of = [&](const std::string& settings, std::int64_t evaluations) {
    const double high = noise->noise_level(1);
    Matrix y(n, 1);
    for (Index i = 0; i < n; ++i)
      y(i, 0) = std::hypot(1.0, high) * std::numbers::sqrt2 *
                boost::math::erf_inv((2 * static_cast<double>(i) + 1) / static_cast<double>(n) - 1,
                                     boost::math::policies::policy<boost::math::policies::promote_double<false>>());
    const ProbabilityFlow flow(field, *noise, 1);
    sampler_of(settings)->ode()->integrate(flow, high, noise->noise_level(noise->first_time()), y);
    CHECK(flow.evaluations() == evaluations);
    return distance(y, exact);
  };
  CHECK(exact_distance_of("type: adams, steps: 10", 10) < 0.008);
  const double twenty = exact_distance_of("type: adams, steps: 20", 20);
  CHECK(twenty < 0.001);
  CHECK(twenty < 0.3 * distance_of("type: euler_maruyama, steps: 500", 500));

  // The others in their order.
  const double few = distance_of("type: dpm_solver, steps: 20", 20);
  CHECK(few < 0.013);
  CHECK(few < 0.5 * distance_of("type: euler_maruyama, steps: 100", 100));
  for (const std::string other : {"type: heun, steps: 10", "type: edm_stochastic, steps: 10, churn: 0.5",
                                  "type: ancestral, steps: 20", "type: dpm_solver, stochastic: true, steps: 20"}) {
    INFO(other);
    CHECK(few < 0.6 * distance_of(other, 20));
  }
}

}  // namespace liftwell
