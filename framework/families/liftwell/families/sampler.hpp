// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/base/random.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/noise_process.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// s(x_t, t | z) for a fixed tile of samples whose z is already bound.
class ScoreField {
 public:
  virtual ~ScoreField() = default;
  /// `x` and `score` are samples x dimension, standardised.
  virtual void score(const FloatMatrix& x, double t, FloatMatrix& score) const = 0;
};

/// Integrates the reverse SDE or the probability-flow ODE from t = 1 to first_time(), starting from
/// the normal law of variance alpha(1)^2 + sigma(1)^2: that of standardised data after the forward
/// SDE. The samplers work in y = x_t / alpha(t) with the noise level rho = sigma/alpha as their time,
/// where every noise process is dy = sqrt(d rho^2), with score alpha * s(x_t, t).
class Sampler {
 public:
  static FamilyInfo family() {
    return {"sampler", "samplers", "Integrates the reverse SDE or the probability-flow ODE.", ""};
  }
  virtual ~Sampler() = default;

  /// Fills `x` (samples x dimension) with draws; row i uses lane first_sample + i of the stream.
  /// Returns score evaluations per sample.
  virtual std::int64_t draw(const ScoreField& field, const NoiseProcess& noise, const RandomStream& stream,
                            std::uint32_t first_sample, FloatMatrix& x) const = 0;
};

}  // namespace liftwell
