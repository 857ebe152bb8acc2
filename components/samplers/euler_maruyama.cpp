// SPDX-License-Identifier: MIT
// Euler-Maruyama steps of the reverse-time SDE.
#include <cmath>

#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"
#include "spacing.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 200;
  std::string spacing = "karras";
  double rho = 7;
};

/// In y = x_t / alpha, stepping from noise level r to r' < r:
///   y' = y + (r^2 - r'^2) s_y(y) + sqrt(r^2 - r'^2) n.
/// The increments of r^2 are exact, so the only error is that of holding the score over a step.
class EulerMaruyama final : public Sampler {
 public:
  explicit EulerMaruyama(const Options& options) : steps_(options.steps), spacing_{options.spacing, options.rho} {}

  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, Matrix& x) const override {
    SamplerNoise normals(stream, first_sample, x.rows(), x.cols());
    const double first = noise.first_time();
    const std::vector<double> times = step_times(noise);
    double t = 1;
    Matrix y = starting_states(noise, normals);
    Matrix score;
    for (std::int64_t step = 1; step <= steps_; ++step) {
      const double next = times[static_cast<std::size_t>(step)];
      const double level = noise.noise_level(t);
      const double next_level = noise.noise_level(next);
      const double variance = (level - next_level) * (level + next_level);
      const double alpha = noise.alpha(t);
      x = alpha * y;
      field.score(x, t, score);
      y += alpha * variance * score + std::sqrt(variance) * normals.step(step);
      t = next;
    }
    x = noise.alpha(first) * y;
    return steps_;
  }

 private:
  [[nodiscard]] std::vector<double> step_times(const NoiseProcess& noise) const {
    const double first = noise.first_time();
    std::vector<double> times{1};
    // Not by way of the levels: what they give back of a time is not the same to the last bit.
    if (spacing_.law == "time") {
      for (std::int64_t step = 1; step < steps_; ++step)
        times.push_back(1 + (first - 1) * static_cast<double>(step) / static_cast<double>(steps_));
    } else {
      const auto levels = noise_levels(noise, noise.noise_level(1), noise.noise_level(first), steps_, spacing_);
      for (std::size_t step = 1; step + 1 < levels.size(); ++step) times.push_back(noise.time_at(levels[step]));
    }
    times.push_back(first);
    return times;
  }

  std::int64_t steps_;
  LevelSpacing spacing_;
};

}  // namespace

LIFTWELL_COMPONENT(euler_maruyama) {
  return Declaration<Sampler, Options>("euler_maruyama", "Stochastic: Euler-Maruyama steps of the reverse SDE.")
      .reference("Song et al., ICLR 2021, arXiv 2011.13456, equation 6 and appendix D.")
      .parameter("steps", &Options::steps, unit::none, "Number of steps; each costs one score evaluation.", at_least(1))
      .parameter("spacing", &Options::spacing, unit::none, spacing_sentence, one_of(spacing_laws))
      .parameter("rho", &Options::rho, unit::dimensionless, rho_sentence, at_least(1))
      .example("{type: euler_maruyama, steps: 200}")
      .creates<EulerMaruyama>();
}

}  // namespace liftwell
