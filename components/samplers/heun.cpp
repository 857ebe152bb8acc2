// SPDX-License-Identifier: MIT
// Heun's method for the probability-flow ODE.
#include <cmath>
#include <vector>

#include "liftwell/data/block.hpp"
#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 40;
  double rho = 7;
};

/// In y = x_t / alpha with the noise level r as time: dy/dr = -r s_y(y), by the trapezoidal rule with
/// an Euler predictor, at levels r_i = (r_max^(1/rho) + i/N (r_min^(1/rho) - r_max^(1/rho)))^rho.
class Heun final : public Sampler {
 public:
  explicit Heun(const Options& options) : steps_(options.steps), rho_(options.rho) {}

  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, FloatMatrix& x) const override {
    const Index dimension = x.cols();
    BlockBuffer normals(dimension, x.rows());
    const Block block = normals.block();
    fill_normals(stream, first_sample, 0, dimension, block.lanes(), block.data(), block.lanes());
    const auto start = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(block.data(), dimension, x.rows(),
                                                                         Eigen::OuterStride<>(block.lanes()))
                           .transpose()
                           .cast<float>();

    const double first = noise.first_time();
    const double root_max = std::pow(noise.noise_level(1), 1 / rho_);
    const double root_min = std::pow(noise.noise_level(first), 1 / rho_);
    FloatMatrix y = start * static_cast<float>(std::hypot(1.0, noise.noise_level(1)));
    FloatMatrix slope(x.rows(), dimension);
    FloatMatrix predicted(x.rows(), dimension);
    FloatMatrix slope_there(x.rows(), dimension);
    const auto slope_at = [&](const FloatMatrix& at, double t, double level, FloatMatrix& out) {
      const double alpha = noise.alpha(t);
      x = at * static_cast<float>(alpha);
      field.score(x, t, out);
      out *= static_cast<float>(-level * alpha);
    };

    double t = 1;
    double level = noise.noise_level(t);
    for (std::int64_t step = 1; step <= steps_; ++step) {
      const double fraction = static_cast<double>(step) / static_cast<double>(steps_);
      const double next =
          step == steps_ ? first : noise.time_at(std::pow(root_max + fraction * (root_min - root_max), rho_));
      const double next_level = noise.noise_level(next);
      const auto change = static_cast<float>(next_level - level);
      slope_at(y, t, level, slope);
      predicted = y + change * slope;
      slope_at(predicted, next, next_level, slope_there);
      y += 0.5F * change * (slope + slope_there);
      t = next;
      level = next_level;
    }
    x = y * static_cast<float>(noise.alpha(first));
    return 2 * steps_;
  }

 private:
  std::int64_t steps_;
  double rho_;
};

}  // namespace

LIFTWELL_COMPONENT(heun) {
  return Declaration<Sampler, Options>("heun", "Deterministic: Heun steps of the probability-flow ODE.")
      .reference("Karras et al., NeurIPS 2022, arXiv 2206.00364, algorithm 1 and equation 5.")
      .parameter("steps", &Options::steps, unit::none, "Number of steps; each costs two score evaluations.",
                 at_least(1))
      .parameter("rho", &Options::rho, unit::dimensionless,
                 "Spacing of the noise levels: 1 is uniform, larger values put more steps at low noise.", at_least(1))
      .example("{type: heun, steps: 20}")
      .creates<Heun>();
}

}  // namespace liftwell
