// SPDX-License-Identifier: MIT
// Heun's method for the probability-flow ODE.
#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"
#include "spacing.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 40;
  std::string spacing = "karras";
  double rho = 7;
};

/// In y = x_t / alpha with the noise level r as time: dy/dr = -r s_y(y), by the trapezoidal rule with
/// an Euler predictor.
class Heun final : public OdeSampler {
 public:
  explicit Heun(const Options& options) : steps_(options.steps), spacing_{options.spacing, options.rho} {}

  void integrate(const ProbabilityFlow& flow, double from, double to, Matrix& state) const override {
    const auto levels = noise_levels(flow.noise(), from, to, steps_, spacing_);
    Matrix slope, slope_there;
    for (std::size_t step = 1; step < levels.size(); ++step) {
      const double level = levels[step - 1];
      const double next = levels[step];
      flow.slope(state, level, slope);
      flow.slope(state + (next - level) * slope, next, slope_there);
      state += 0.5 * (next - level) * (slope + slope_there);
    }
  }

  std::unique_ptr<OdeSampler> refined() const override {
    return std::make_unique<Heun>(Options{2 * steps_, spacing_.law, spacing_.rho});
  }

 private:
  std::int64_t steps_;
  LevelSpacing spacing_;
};

}  // namespace

LIFTWELL_COMPONENT(heun) {
  return Declaration<Sampler, Options>("heun", "Deterministic: Heun steps of the probability-flow ODE.")
      .reference("Karras et al., NeurIPS 2022, arXiv 2206.00364, algorithm 1 and equation 5.")
      .parameter("steps", &Options::steps, unit::none, "Number of steps; each costs two score evaluations.",
                 at_least(1))
      .parameter("spacing", &Options::spacing, unit::none, spacing_sentence, one_of(spacing_laws))
      .parameter("rho", &Options::rho, unit::dimensionless, rho_sentence, at_least(1))
      .example("{type: heun, steps: 20}")
      .creates<Heun>();
}

}  // namespace liftwell
