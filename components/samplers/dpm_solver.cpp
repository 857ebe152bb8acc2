// SPDX-License-Identifier: MIT
// DPM-Solver++(2M): a two-step exponential integrator in ln r, of the ODE or of the SDE.
#include <cmath>

#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"
#include "spacing.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 40;
  bool stochastic = false;
  std::string spacing = "logarithmic";
  double rho = 7;
};

/// k at the middle of the step, from its values at the start of this step and of the one before; lambda =
/// -ln r, `ratio` = length of this step over that of the last (0: no step before).
void extrapolate(const Matrix& now, const Matrix& before, double ratio, Matrix& out) {
  out = ratio == 0 ? now : Matrix((1 + 0.5 * ratio) * now - 0.5 * ratio * before);
}

double ratio_of_steps(const std::vector<double>& levels, std::size_t step) {
  return step == 1 ? 0 : std::log(levels[step] / levels[step - 1]) / std::log(levels[step - 1] / levels[step - 2]);
}

/// With the denoised D(y; r) = y + r^2 s_y = y - r dy/dr the ODE is dy/dln r = y - D, whose linear part is
/// solved exactly: y' = (r'/r) y + (1 - r'/r) D~, D~ extrapolated to the middle of the step; the first
/// step holds D. Of second order either way; columns of ln p follow by the same extrapolation of their slope.
class Ode final : public OdeSampler {
 public:
  Ode(std::int64_t steps, LevelSpacing spacing) : steps_(steps), spacing_(std::move(spacing)) {}

  void integrate(const ProbabilityFlow& flow, double from, double to, Matrix& state) const override {
    const auto levels = noise_levels(flow.noise(), from, to, steps_, spacing_);
    const Index dimension = flow.dimension();
    const Index density = flow.density_columns();
    Matrix now, before, middle;
    for (std::size_t step = 1; step < levels.size(); ++step) {
      const double level = levels[step - 1];
      flow.slope(state, level, now);
      now *= level;
      now.leftCols(dimension) = state.leftCols(dimension) - now.leftCols(dimension);
      extrapolate(now, before, ratio_of_steps(levels, step), middle);
      const double kept = levels[step] / level;
      state.leftCols(dimension) = kept * state.leftCols(dimension) + (1 - kept) * middle.leftCols(dimension);
      state.rightCols(density) += std::log(kept) * middle.rightCols(density);
      before.swap(now);
    }
  }

  std::unique_ptr<OdeSampler> refined() const override { return std::make_unique<Ode>(2 * steps_, spacing_); }

 private:
  std::int64_t steps_;
  LevelSpacing spacing_;
};

class DpmSolver final : public Sampler {
 public:
  explicit DpmSolver(const Options& options)
      : options_(options), spacing_{options.spacing, options.rho}, ode_(options.steps, spacing_) {}

  [[nodiscard]] const OdeSampler* ode() const override { return options_.stochastic ? nullptr : &ode_; }

  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, Matrix& x) const override {
    return options_.stochastic ? draw_sde(field, noise, stream, first_sample, x)
                               : ode_.draw(field, noise, stream, first_sample, x);
  }

 private:
  /// y' = (r'/r)^2 y + (1 - (r'/r)^2) D~ + r' sqrt(1 - (r'/r)^2) n: `ancestral` is this with D for D~.
  std::int64_t draw_sde(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                        std::uint32_t first_sample, Matrix& x) const {
    SamplerNoise normals(stream, first_sample, x.rows(), x.cols());
    const ProbabilityFlow flow(field, noise, x.cols());
    const double first = noise.first_time();
    const auto levels = noise_levels(noise, noise.noise_level(1), noise.noise_level(first), options_.steps, spacing_);
    Matrix y = starting_states(noise, normals);
    Matrix now, before, middle;
    for (std::size_t step = 1; step < levels.size(); ++step) {
      flow.slope(y, levels[step - 1], now);
      now = y - levels[step - 1] * now;
      extrapolate(now, before, ratio_of_steps(levels, step), middle);
      const double ratio = levels[step] / levels[step - 1];
      const double kept = ratio * ratio;
      y = kept * y + (1 - kept) * middle +
          levels[step] * std::sqrt(1 - kept) * normals.step(static_cast<std::int64_t>(step));
      before.swap(now);
    }
    x = noise.alpha(first) * y;
    return flow.evaluations();
  }

  Options options_;
  LevelSpacing spacing_;
  Ode ode_;
};

}  // namespace

LIFTWELL_COMPONENT(dpm_solver) {
  return Declaration<Sampler, Options>("dpm_solver",
                                       "DPM-Solver++(2M): two-step exponential integrator of the ODE or the SDE.")
      .reference("Lu et al., arXiv 2211.01095, algorithm 2 and, for the SDE, section 4.3 and appendix A.")
      .parameter("steps", &Options::steps, unit::none, "Number of steps; each costs one score evaluation.", at_least(1))
      .parameter("stochastic", &Options::stochastic, unit::none,
                 "Integrate the reverse SDE (SDE-DPM-Solver++(2M)) instead of the probability-flow ODE.")
      .parameter("spacing", &Options::spacing, unit::none, spacing_sentence, one_of(spacing_laws))
      .parameter("rho", &Options::rho, unit::dimensionless, rho_sentence, at_least(1))
      .example("{type: dpm_solver, steps: 20}")
      .creates<DpmSolver>();
}

}  // namespace liftwell
