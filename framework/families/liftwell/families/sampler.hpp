// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/block.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/noise_process.hpp"
#include "liftwell/families/probability_flow.hpp"
#include "liftwell/families/score_field.hpp"

namespace liftwell {

class OdeSampler;

/// Integrates the reverse SDE or the probability-flow ODE from t = 1 to first_time(), starting from
/// the normal law of variance alpha(1)^2 + sigma(1)^2: that of standardised data after the forward
/// SDE. The samplers work in y = x_t / alpha(t) with the noise level r = sigma/alpha as their time,
/// where every noise process is dy = sqrt(d r^2), with score alpha * s(x_t, t).
class Sampler {
 public:
  static FamilyInfo family() {
    return {"sampler", "samplers", "Integrates the reverse SDE or the probability-flow ODE.", ""};
  }
  virtual ~Sampler() = default;

  /// Fills `x` (samples x dimension) with draws; row i uses lane first_sample + i of the stream.
  /// Returns score evaluations per sample.
  virtual std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                            std::uint32_t first_sample, Matrix& x) const = 0;

  /// This sampler as a deterministic map with a density, or null for a stochastic one.
  [[nodiscard]] virtual const OdeSampler* ode() const { return nullptr; }
};

/// A sampler that only moves its starting noise along the probability-flow ODE: it can be run backwards,
/// and densities can be carried along.
class OdeSampler : public Sampler {
 public:
  std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                    std::uint32_t first_sample, Matrix& x) const final;
  [[nodiscard]] const OdeSampler* ode() const final { return this; }

  /// Carries `state` (samples x flow.columns()) from noise level `from` to `to`, either way.
  virtual void integrate(const ProbabilityFlow& flow, double from, double to, Matrix& state) const = 0;

  /// The same method with an error at most a quarter as large, from twice the steps or smaller tolerances: what it
  /// finds otherwise says how large the error of this one is.
  [[nodiscard]] virtual std::unique_ptr<OdeSampler> refined() const = 0;
};

/// ln p of some states, with the standard error of Hutchinson's estimate (0 where the divergence is exact).
struct LogDensity {
  Vector value;
  Vector standard_error;
};

/// Draws with their density, in one pass: the map of draw(), carrying ln p along from the starting noise. Fills `y`
/// (samples x dimension, at noise level r_min); row i uses lane first_sample + i of the stream. Of a flow without
/// density that is NaN.
[[nodiscard]] LogDensity draw_with_density(const OdeSampler& method, const ProbabilityFlow& flow,
                                           const RandomStream& stream, std::uint32_t first_sample, Matrix& y);

/// ln p(y) of samples at the end of the flow (noise level r_min), by going back to its start:
/// ln p(y) = ln N(y(r_max); 0, 1 + r_max²) + ∫ from r_min to r_max of div(dy/dr) dr. The flow must carry
/// a density.
[[nodiscard]] LogDensity log_density(const OdeSampler& method, const ProbabilityFlow& flow, const Matrix& y);

/// The standard normals a sampler uses, position by position: step s takes the positions of its own.
class SamplerNoise {
 public:
  SamplerNoise(const RandomStream& stream, std::uint32_t first_sample, Index samples, Index dimension)
      : stream_(stream), first_sample_(first_sample), buffer_(dimension, samples), out_(samples, dimension) {}
  /// samples x dimension; row i is a function of (stream, first_sample + i, step) alone.
  [[nodiscard]] const Matrix& step(std::int64_t number);

 private:
  RandomStream stream_;
  std::uint32_t first_sample_;
  BlockBuffer buffer_;
  Matrix out_;
};

/// States from which draws start, in y = x_t / alpha: N(0, 1 + r_max²), step 0 of the noise.
[[nodiscard]] Matrix starting_states(const NoiseProcess& noise, SamplerNoise& normals);

/// How a sampler spaces the noise levels of its steps.
struct LevelSpacing {
  /// karras: equidistant in r^(1/rho) (Karras et al., arXiv 2206.00364, equation 5);
  /// logarithmic: in ln r, half the log-SNR (Lu et al., arXiv 2211.01095); angle: in (arctan r)^(1/rho), which
  /// spends few steps on levels above that of the data; time: in t.
  std::string law = "karras";
  double rho = 7;
};

/// levels[0] = from, …, levels[steps] = to, either way.
[[nodiscard]] std::vector<double> noise_levels(const NoiseProcess& noise, double from, double to, std::int64_t steps,
                                               const LevelSpacing& spacing);

}  // namespace liftwell
