// SPDX-License-Identifier: MIT
// Heun's method for the probability-flow ODE.
#include <cmath>

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
class Heun final : public OdeSampler {
 public:
  explicit Heun(const Options& options) : steps_(options.steps), rho_(options.rho) {}

  void integrate(const ProbabilityFlow& flow, double from, double to, Matrix& state) const override {
    const double root_from = std::pow(from, 1 / rho_);
    const double root_to = std::pow(to, 1 / rho_);
    Matrix slope, slope_there;
    double level = from;
    for (std::int64_t step = 1; step <= steps_; ++step) {
      const double fraction = static_cast<double>(step) / static_cast<double>(steps_);
      const double next = step == steps_ ? to : std::pow(root_from + fraction * (root_to - root_from), rho_);
      flow.slope(state, level, slope);
      flow.slope(state + (next - level) * slope, next, slope_there);
      state += 0.5 * (next - level) * (slope + slope_there);
      level = next;
    }
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
