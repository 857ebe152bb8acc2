// SPDX-License-Identifier: MIT
// What makes draws of a score model exact: importance weights and independence Metropolis chains.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "liftwell/families/bias.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/families/system.hpp"

namespace liftwell {

/// The law that draws are held against, up to a factor for each target: exp(−V/kT) δ(ξ − z) for a model
/// that holds the coarse value, exp(−[V + bias(ξ; z)]/kT), the window's law, where a bias is given.
class ExactLaw {
 public:
  ExactLaw(const System& system, const Bias* bias) : system_(system), bias_(bias) {}
  /// ln of the density of each state (rows) at the same row of `labels`; −∞ where the state or its energy is not
  /// finite.
  [[nodiscard]] Vector log_density(const Matrix& states, const Matrix& labels) const;

 private:
  [[nodiscard]] Vector of_finite(const Matrix& states, const Matrix& labels) const;

  const System& system_;
  const Bias* bias_;
};

/// ln(exact density / model density) of each state, up to a factor for each target: both are taken in the coordinates
/// of the model, `log_density` being what it says of the states. −∞ where there is no such state.
[[nodiscard]] Vector log_weights_of(const TrainedScoreModel& model, const ExactLaw& law, const Matrix& states,
                                    const Matrix& labels, const Vector& log_density);

/// Draws with what their weights say.
struct CorrectedDraws {
  Matrix states;                ///< one for each label
  Vector log_weights;           ///< ln(exact density / model density) of each state, up to a factor for each target
  std::vector<Index> accepted;  ///< per label: accepted of `moves`
  Index moves = 0;
  Vector standard_error;  ///< of ln(model density), of Hutchinson's estimate; 0 where the divergence is exact
};

struct Corrector {
  const TrainedScoreModel& model;
  const OdeSampler& sampler;
  const ExactLaw& law;
  RandomStream proposals, decisions;
  const Executor& executor;
  std::int64_t& score_evaluations;
  Divergence divergence;  ///< how densities of draws are found

  /// For each row of `labels` an independent chain of `chain` proposals x' ~ p(x' | z), accepted with
  /// probability min{1, π(x') p(x) / [π(x) p(x')]} (independence Metropolis; Tierney, Ann. Stat. 22, 1701
  /// (1994)), and its end. The proposals are drawn by the map whose density is evaluated. A chain of 0
  /// gives the draws themselves. Row i uses lane first + i.
  [[nodiscard]] CorrectedDraws run(const Matrix& labels, Index chain, std::uint32_t first) const;

  /// density_error() of draws of their own at some of these labels.
  [[nodiscard]] double density_error(const Matrix& labels) const;
};

/// How well ln p of the same draws is known that a sampler carried along (`there`) and found again from their states
/// (`back`), held against what its refined() self finds (`fine`): the larger of the means of |there − fine| and
/// |back − fine| around their medians, for what is the same for all draws does not matter, times 4/3, which is right
/// for methods of second order and safe for higher ones. NaN where no draw has all three. `there` against `back` would
/// not do: much of the error of one way is undone on the other.
[[nodiscard]] double density_error(const Vector& there, const Vector& back, const Vector& fine);
/// The same at states that were not drawn, where a sampler may err more: from what it finds less what its refined()
/// self finds, at draws and at these states.
[[nodiscard]] double density_error_elsewhere(const Vector& at_draws, const Vector& elsewhere);
/// "" where states are weighed well enough with that error, else what is wrong and what to do.
[[nodiscard]] std::string density_fault(double error);

/// (Σ w)² / Σ w² of weights given by their logarithms: how many equal weights they are worth.
[[nodiscard]] double effective_size(const Vector& log_weights);

}  // namespace liftwell
