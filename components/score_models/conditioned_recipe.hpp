// SPDX-License-Identifier: MIT
// What a recipe is conditioned on and how noisy its labels are: the parameters that models share.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/bias.hpp"
#include "liftwell/families/representation.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

struct ConditioningOptions {
  std::vector<Component<CoarseVariable>> condition;
  std::vector<double> label_noise;
  Component<Bias> label_noise_of;
  std::string conditioning = "label_noise";
  Component<Representation> representation;

  [[nodiscard]] bool held() const { return conditioning == "held"; }
  void check(Problems& problems) const;
};

/// Adds the parameters of ConditioningOptions, from which `Options` is derived.
template <class Options>
Declaration<ScoreModel, Options>&& with_conditioning(Declaration<ScoreModel, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<std::vector<Component<CoarseVariable>>>("condition", &Options::condition, unit::none,
                                                                  "Coarse variables that the model is conditioned on.",
                                                                  required())
      .template parameter<std::vector<double>>(
          "label_noise", &Options::label_noise, unit::coarse,
          "Standard deviation of the noise added to labels, one number or one for each coarse variable.", at_least(0))
      .template parameter<Component<Bias>>(
          "label_noise_of", &Options::label_noise_of, unit::none,
          "Bias whose windows the model is to draw from: its sqrt(kT/stiffness) is the label noise, and states "
          "of its windows are labelled with their window's centre.")
      .template parameter<std::string>(
          "conditioning", &Options::conditioning, unit::none,
          "label_noise: states are generated whole, near the requested value as the label noise says; held: the "
          "requested value is held exactly and only the rest of the state is generated (linear coarse "
          "variables, or coordinates of the representation).",
          one_of({"label_noise", "held"}))
      .template parameter<Component<Representation>>(
          "representation", &Options::representation, unit::none,
          "Coordinates in which states are learned and drawn, such as internal_coordinates of a molecule; unset: the "
          "states as they are.");
}

/// A recipe as far as its labels go.
class ConditionedRecipe : public ScoreModel {
 public:
  explicit ConditionedRecipe(const ConditioningOptions& options);
  [[nodiscard]] const CoarseMap& condition() const final { return condition_; }
  [[nodiscard]] Vector label_noise(double thermal_energy) const final;
  [[nodiscard]] bool labels_are_windows() const final { return bias_ != nullptr; }
  [[nodiscard]] bool holds_condition() const override { return held_; }

 private:
  CoarseMap condition_;
  std::vector<double> label_noise_;
  std::unique_ptr<Bias> bias_;
  bool held_;
};

}  // namespace liftwell
