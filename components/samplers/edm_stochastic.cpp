// SPDX-License-Identifier: MIT
// Heun steps of the probability-flow ODE with fresh noise before each.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"
#include "spacing.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 40;
  double churn = 10;
  double s_tmin = 0.05;
  double s_tmax = 50;
  double s_noise = 1;
  std::string spacing = "karras";
  double rho = 7;

  void check(Problems& problems) const {
    if (s_tmin > s_tmax)
      problems.add("s_tmax", "the upper end of the noised levels must not be below the lower", std::to_string(s_tmax),
                   "at least s_tmin");
  }
};

/// In y = x_t / alpha with the noise level r as time, one step of N from r to r':
///   raise the noise to r^ = (1 + min(churn/N, sqrt 2 - 1)) r by y += s_noise sqrt(r^^2 - r^2) n,
///   then a Heun step of dy/dr = -r s_y from r^ to r'.
/// Noise is raised only for r in [s_tmin, s_tmax], and never above the level where draws start: the network
/// has seen no other. Moments are right to second order in the steps, since the noise is added exactly.
class EdmStochastic final : public Sampler {
 public:
  explicit EdmStochastic(const Options& options) : options_(options), spacing_{options.spacing, options.rho} {}

  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, Matrix& x) const override {
    SamplerNoise normals(stream, first_sample, x.rows(), x.cols());
    const ProbabilityFlow flow(field, noise, x.cols());
    const double first = noise.first_time();
    const double highest = noise.noise_level(1);
    const auto levels = noise_levels(noise, highest, noise.noise_level(first), options_.steps, spacing_);
    const double raise = std::min(options_.churn / static_cast<double>(options_.steps), std::numbers::sqrt2 - 1);
    Matrix y = starting_states(noise, normals);
    Matrix slope, slope_there;
    for (std::int64_t step = 1; step <= options_.steps; ++step) {
      double level = levels[static_cast<std::size_t>(step - 1)];
      const double next = levels[static_cast<std::size_t>(step)];
      if (level >= options_.s_tmin && level <= options_.s_tmax && raise > 0) {
        const double raised = std::min(level * (1 + raise), highest);
        y += options_.s_noise * std::sqrt((raised - level) * (raised + level)) * normals.step(step);
        level = raised;
      }
      flow.slope(y, level, slope);
      flow.slope(y + (next - level) * slope, next, slope_there);
      y += 0.5 * (next - level) * (slope + slope_there);
    }
    x = noise.alpha(first) * y;
    return flow.evaluations();
  }

 private:
  Options options_;
  LevelSpacing spacing_;
};

}  // namespace

LIFTWELL_COMPONENT(edm_stochastic) {
  return Declaration<Sampler, Options>("edm_stochastic",
                                       "Stochastic: Heun steps of the probability-flow ODE, noised before each.")
      .reference("Karras et al., NeurIPS 2022, arXiv 2206.00364, algorithm 2.")
      .parameter("steps", &Options::steps, unit::none, "Number of steps; each costs two score evaluations.",
                 at_least(1))
      .parameter("churn", &Options::churn, unit::dimensionless,
                 "Noise added over the whole draw: each step first raises its noise level by the fraction churn/steps, "
                 "at most 0.41; 0 is `heun`.",
                 at_least(0))
      .parameter("s_tmin", &Options::s_tmin, unit::dimensionless, "Lowest noise level at which noise is added.",
                 at_least(0))
      .parameter("s_tmax", &Options::s_tmax, unit::dimensionless, "Highest noise level at which noise is added.",
                 at_least(0))
      .parameter("s_noise", &Options::s_noise, unit::dimensionless,
                 "Factor on the added noise; a little above 1 makes up for a network that removes too much.", above(0))
      .parameter("spacing", &Options::spacing, unit::none, spacing_sentence, one_of(spacing_laws))
      .parameter("rho", &Options::rho, unit::dimensionless, rho_sentence, at_least(1))
      .example("{type: edm_stochastic, steps: 20, churn: 5}")
      .creates<EdmStochastic>();
}

}  // namespace liftwell
