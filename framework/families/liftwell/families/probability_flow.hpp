// SPDX-License-Identifier: MIT
// The probability-flow ODE and the density that is carried along it.
#pragma once

#include "liftwell/base/random.hpp"
#include "liftwell/families/noise_process.hpp"
#include "liftwell/families/score_field.hpp"

namespace liftwell {

/// How the divergence of the flow is found.
struct Divergence {
  /// 0: exact, one directional derivative for each dimension. Else the mean over this many random
  /// directions of independent signs (Hutchinson, Commun. Stat. Simul. Comput. 19, 433 (1990)), kept
  /// fixed along the path, whose spread gives the standard error.
  Index probes = 0;
  RandomStream stream;  ///< of the signs; sample i uses lane first_sample + i
  bool wanted = true;   ///< false: nobody asks for the density, and none is carried along

  static Divergence none() { return {.wanted = false}; }
};

/// In y = x_t / alpha(t) with the noise level r = sigma/alpha as time, the ODE of every noise process is
///   dy/dr = −r s_y(y; r),  d ln p(y(r); r)/dr = r div s_y,
/// s_y = alpha s(x_t, t) (Song et al., ICLR 2021, arXiv 2011.13456, equations 13 and 39; Karras et al.,
/// arXiv 2206.00364, equation 1). The state of the ODE is y, followed, where the density is wanted, by one
/// column for ln p (exact divergence) or one for each probe.
class ProbabilityFlow {
 public:
  ProbabilityFlow(const ScoreField& field, const NoiseProcess& noise, Index dimension);
  /// With the density of `samples` samples.
  ProbabilityFlow(const ScoreField& field, const NoiseProcess& noise, Index dimension, const Divergence& divergence,
                  std::uint32_t first_sample, Index samples);

  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] Index columns() const { return dimension_ + density_columns(); }
  [[nodiscard]] Index density_columns() const { return divergence_columns_; }
  [[nodiscard]] const NoiseProcess& noise() const { return noise_; }
  [[nodiscard]] bool has_angles() const { return !field_.angles().empty(); }

  /// out = d state / dr at noise levels `r`; samples x columns().
  void slope(const Matrix& state, const Times& r, Matrix& out) const;
  /// Score evaluations per sample so far; one with its divergence counts once.
  [[nodiscard]] std::int64_t evaluations() const { return evaluations_; }

  /// ln N(y; 0, 1 + r_max²), from which draws start: the law of standardised data after the forward SDE. Of
  /// angles, the sum of that density over all y + 2 pi k.
  [[nodiscard]] Vector log_start_density(const Matrix& state) const;

 private:
  const ScoreField& field_;
  const NoiseProcess& noise_;
  Index dimension_;
  Index divergence_columns_ = 0;
  bool exact_ = true;
  std::vector<Matrix> directions_;
  mutable std::vector<Matrix> along_;
  mutable Matrix x_, score_;
  mutable Vector times_;
  mutable std::int64_t evaluations_ = 0;
};

}  // namespace liftwell
