// SPDX-License-Identifier: MIT
// The score model as a Metropolis move of walkers, inside a simulation that is biased or not.
#pragma once

#include <functional>
#include <optional>

#include "correction.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/families/system.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "liftwell/pipeline/stage_context.hpp"
#include "liftwell/store/trajectory.hpp"

namespace liftwell {

/// How often walkers propose states of a score model, and which.
struct MoveOptions {
  Inputs<TrainedScoreModel> model;
  std::int64_t every = 1000;
  Component<Sampler> sampler;

  void check(Problems& problems) const;
};
[[nodiscard]] Group<MoveOptions> move_parameters();
constexpr const char* move_sentence =
    "Lets every walker propose a state drawn by a score model, and accepts or refuses it so that the law simulated "
    "stays "
    "exact whatever the model has learned; frees windows from where they were started.";

/// Proposes x' ~ p(x' | z) to each walker at x and accepts with probability
///   min{1, π(x') p(x | z) / [π(x) p(x' | z)]},   π(x) ∝ exp(−[V + bias(ξ; centre)]/kT)
/// (independence Metropolis; with learned proposals: Gabrié, Rotskoff, Vanden-Eijnden, PNAS 119, e2109420119 (2022),
/// arXiv 2105.12603). The label z is the centre of the walker's window, or ξ(x) where the model holds it: then
/// z is the same before and after. Both densities are found by the same map, from the state back to noise: of a sampler
/// of finite steps the way there and the way back differ, in many dimensions by many kT, and nearly all of that is the
/// same for all states. What is left is measured, by going both ways with the first proposals, and with more steps at
/// the walkers' own states, which a narrow model hardly draws: where ln p is wrong by e(x), what is sampled is π(x)
/// exp(−e(x)). Velocities are drawn anew after an accepted move. Several models take turns: one that holds ξ learns
/// from neighbouring windows and finds branches, one of whole windows forgets more with each accepted move.
class GeneratorMoves {
 public:
  /// Throws InputError when a model cannot propose to these walkers. `centres`: walkers x coarse.
  GeneratorMoves(const MoveOptions& options, const System& system, const Bias* bias, const Matrix& centres,
                 StageContext& context);

  /// One proposal to every walker that is not dropped; `round` names its random numbers.
  void apply(WalkerStates& states, Index round) const;

 private:
  struct Generator {
    std::unique_ptr<ScoreModel> recipe;
    std::unique_ptr<TrainedScoreModel> model;
  };
  [[nodiscard]] Generator load(const std::filesystem::path& folder, const Bias* bias, StageContext& context) const;
  [[nodiscard]] Matrix labels(const Generator& generator, const Matrix& positions) const;

  std::vector<Generator> generators_;
  std::unique_ptr<Sampler> sampler_;
  const System& system_;
  ExactLaw law_;
  const Matrix& centres_;
  RandomStream proposals_, decisions_, velocities_;
  const Executor& executor_;
};

/// Looks before anything runs whether walkers of this shape can use the moves.
void check_moves(const MoveOptions& options, const System& system, const Bias* bias, std::int64_t stride,
                 CheckContext& context);

/// Acceptance for each window and model, as a table and as facts of the stage.
void report_moves(const MoveCounts& counts, const EnsembleInfo& info, StageContext& context);

}  // namespace liftwell
