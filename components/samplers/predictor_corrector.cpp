// SPDX-License-Identifier: MIT
// Steps down in noise, each followed by Langevin steps at the level reached.
#include <cmath>

#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"
#include "spacing.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 100;
  std::string predictor = "reverse_diffusion";
  std::int64_t corrector_steps = 1;
  double snr = 0.16;
  std::string spacing = "logarithmic";
  double rho = 7;
};

/// In y = x_t / alpha, from noise level r to r' < r:
///   predictor  y <- y + (r^2 - r'^2) s_y(y; r) + sqrt(r^2 - r'^2) n, or the noise of `ancestral`;
///   corrector  y <- y + e s_y(y; r') + sqrt(2 e) n,  e = 2 (snr r')^2.
/// Song et al. take e = 2 (snr |n|/|s_y|)^2 with norms averaged over the batch. That depends on the samples
/// beside one; and a sample's own |s_y| is no way out, since a step that depends on the state does not keep
/// its law: in one dimension, where |s_y| comes near 0, the variance of a move would be infinite. Here |s_y|/|n| is
/// 1/r', what it is on average for data much finer than r', and its upper bound for all data. So |e s_y|/|sqrt(2 e) n|
/// = snr there.
class PredictorCorrector final : public Sampler {
 public:
  explicit PredictorCorrector(const Options& options)
      : options_(options), spacing_{options.spacing, options.rho}, ancestral_(options.predictor == "ancestral") {}

  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, Matrix& x) const override {
    SamplerNoise normals(stream, first_sample, x.rows(), x.cols());
    const ProbabilityFlow flow(field, noise, x.cols());
    const double first = noise.first_time();
    const auto levels = noise_levels(noise, noise.noise_level(1), noise.noise_level(first), options_.steps, spacing_);
    std::int64_t draws = 0;
    Matrix y = starting_states(noise, normals);
    Matrix slope;
    for (std::size_t step = 1; step < levels.size(); ++step) {
      const double level = levels[step - 1];
      const double next = levels[step];
      const double variance = (level - next) * (level + next);
      flow.slope(y, level, slope);  // -r s_y
      const double spread = std::sqrt(variance) * (ancestral_ ? next / level : 1);
      y += -variance / level * slope + spread * normals.step(++draws);
      const double length = 2 * options_.snr * options_.snr * next * next;
      for (std::int64_t correction = 0; correction < options_.corrector_steps; ++correction) {
        flow.slope(y, next, slope);
        y += -length / next * slope + std::sqrt(2 * length) * normals.step(++draws);
      }
    }
    x = noise.alpha(first) * y;
    return flow.evaluations();
  }

 private:
  Options options_;
  LevelSpacing spacing_;
  bool ancestral_;
};

}  // namespace

LIFTWELL_COMPONENT(predictor_corrector) {
  return Declaration<Sampler, Options>("predictor_corrector",
                                       "Stochastic: steps of the reverse SDE, corrected by Langevin steps.")
      .reference("Song et al., ICLR 2021, arXiv 2011.13456, algorithms 2, 4 and 5, with a step length of its own.")
      .parameter("steps", &Options::steps, unit::none,
                 "Number of noise levels; each costs 1 + corrector_steps score evaluations.", at_least(1))
      .parameter("predictor", &Options::predictor, unit::none, "How a step goes to the next lower noise level.",
                 one_of({"reverse_diffusion", "ancestral"}))
      .parameter("corrector_steps", &Options::corrector_steps, unit::none, "Langevin steps at each noise level.",
                 at_least(0))
      .parameter("snr", &Options::snr, unit::dimensionless,
                 "Signal-to-noise ratio: length of a Langevin step's drift over that of its noise, where the score is "
                 "that of pure noise.",
                 inside(0, 1))
      .parameter("spacing", &Options::spacing, unit::none, spacing_sentence, one_of(spacing_laws))
      .parameter("rho", &Options::rho, unit::dimensionless, rho_sentence, at_least(1))
      .example("{type: predictor_corrector, steps: 100, corrector_steps: 1, snr: 0.16}")
      .creates<PredictorCorrector>();
}

}  // namespace liftwell
