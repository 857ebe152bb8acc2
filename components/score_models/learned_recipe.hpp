// SPDX-License-Identifier: MIT
// Recipes that learn from states, as they are or in coordinates of a representation.
#pragma once

#include <memory>
#include <string>

#include "conditioned_recipe.hpp"
#include "training_frame.hpp"

namespace liftwell {

/// What the models share before there is a model: states are looked through, brought into the coordinates of the
/// representation, and it is found out what the coarse variables are of them. The model in model.h5 is one of these
/// coordinates; representation.h5 beside it holds what the representation took from the data.
class LearnedRecipe : public ConditionedRecipe {
 public:
  /// Whether the model can learn coordinates that are periodic; else they are cut.
  enum class Circles { learned, cut };
  /// `name`: the registered one, for messages.
  LearnedRecipe(std::string name, const ConditioningOptions& options, Circles circles);

  [[nodiscard]] std::string misfit(Index dimension) const override;
  [[nodiscard]] std::string misfit(const System& system) const override;
  [[nodiscard]] std::unique_ptr<Training> start_training(TrainingData data, RandomStream stream,
                                                         const Executor& executor) const final;
  [[nodiscard]] std::unique_ptr<TrainedScoreModel> load(const std::filesystem::path& folder) const final;

 private:
  /// `data` are those of the coordinates; of `frame.choice` only the periods are set.
  [[nodiscard]] virtual std::unique_ptr<Training> learn(TrainingData data, FrameSetup frame, RandomStream stream,
                                                        const Executor& executor) const = 0;
  /// The model of the coordinates.
  [[nodiscard]] virtual std::unique_ptr<TrainedScoreModel> learned(const std::filesystem::path& folder) const = 0;

  /// The held coarse variables as linear functions, judged by these states. Throws InputError where one is none.
  [[nodiscard]] AffineCoarse held_form(const Matrix& states) const;

  std::string name_;
  std::unique_ptr<Representation> representation_;  ///< null where states are learned as they are
  bool circles_;
};

}  // namespace liftwell
