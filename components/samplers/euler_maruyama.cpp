// SPDX-License-Identifier: MIT
// Euler-Maruyama steps of the reverse-time SDE.
#include <cmath>

#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 200;
};

/// In y = x_t / alpha, stepping from noise level r to r' < r at times uniform in t:
///   y' = y + (r^2 - r'^2) s_y(y) + sqrt(r^2 - r'^2) n.
/// The increments of r^2 are exact, so the only error is that of holding the score over a step.
class EulerMaruyama final : public Sampler {
 public:
  explicit EulerMaruyama(const Options& options) : steps_(options.steps) {}

  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, Matrix& x) const override {
    SamplerNoise normals(stream, first_sample, x.rows(), x.cols());
    const double first = noise.first_time();
    double t = 1;
    Matrix y = starting_states(noise, normals);
    Matrix score;
    for (std::int64_t step = 1; step <= steps_; ++step) {
      const double next =
          step == steps_ ? first : 1 + (first - 1) * static_cast<double>(step) / static_cast<double>(steps_);
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
  std::int64_t steps_;
};

}  // namespace

LIFTWELL_COMPONENT(euler_maruyama) {
  return Declaration<Sampler, Options>("euler_maruyama", "Stochastic: Euler-Maruyama steps of the reverse SDE.")
      .reference("Song et al., ICLR 2021, arXiv 2011.13456, equation 6 and appendix D.")
      .parameter("steps", &Options::steps, unit::none,
                 "Number of steps, uniform in t; each costs one score evaluation.", at_least(1))
      .example("{type: euler_maruyama, steps: 200}")
      .creates<EulerMaruyama>();
}

}  // namespace liftwell
