// SPDX-License-Identifier: MIT
// Ancestral steps: the reverse of a discrete noising chain.
#include <cmath>

#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"
#include "spacing.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 200;
  std::string spacing = "logarithmic";
  double rho = 7;
};

/// In y = x_t / alpha, from noise level r to r' < r:
///   y' = y + (r^2 - r'^2) s_y(y) + r' sqrt(1 - r'^2/r^2) n,
/// which is a draw from p(y' | y, x_0) with the denoised D(y) = y + r^2 s_y in place of x_0. With alpha
/// put back it is the ancestral step of the variance-exploding chain and of DDPM (with the posterior
/// variance) alike. Against Euler-Maruyama, only the noise is smaller: none is left over at r' = 0.
class Ancestral final : public Sampler {
 public:
  explicit Ancestral(const Options& options) : steps_(options.steps), spacing_{options.spacing, options.rho} {}

  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, Matrix& x) const override {
    SamplerNoise normals(stream, first_sample, x.rows(), x.cols());
    const ProbabilityFlow flow(field, noise, x.cols());
    const double first = noise.first_time();
    const auto levels = noise_levels(noise, noise.noise_level(1), noise.noise_level(first), steps_, spacing_);
    Matrix y = starting_states(noise, normals);
    Matrix slope;
    for (std::int64_t step = 1; step <= steps_; ++step) {
      const double level = levels[static_cast<std::size_t>(step - 1)];
      const double next = levels[static_cast<std::size_t>(step)];
      const double variance = (level - next) * (level + next);
      flow.slope(y, level, slope);  // -r s_y
      y += -variance / level * slope + next / level * std::sqrt(variance) * normals.step(step);
    }
    x = noise.alpha(first) * y;
    return flow.evaluations();
  }

 private:
  std::int64_t steps_;
  LevelSpacing spacing_;
};

}  // namespace

LIFTWELL_COMPONENT(ancestral) {
  return Declaration<Sampler, Options>("ancestral", "Stochastic: ancestral steps, as denoising diffusion models take.")
      .reference(
          "Ho, Jain and Abbeel, NeurIPS 2020, arXiv 2006.11239, algorithm 2; Song et al., ICLR 2021, arXiv "
          "2011.13456, appendix F.")
      .parameter("steps", &Options::steps, unit::none, "Number of steps; each costs one score evaluation.", at_least(1))
      .parameter("spacing", &Options::spacing, unit::none, spacing_sentence, one_of(spacing_laws))
      .parameter("rho", &Options::rho, unit::dimensionless, rho_sentence, at_least(1))
      .example("{type: ancestral, steps: 200}")
      .creates<Ancestral>();
}

}  // namespace liftwell
