// SPDX-License-Identifier: MIT
// What every model that learns from data does first: look whether there is something to learn, and
// standardise the states.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/registry/declaration.hpp"
#include "state_frame.hpp"

namespace liftwell {

/// How states are standardised: the parameters that models share.
struct StandardiseOptions {
  bool follow = true;
  bool rotate = true;
  [[nodiscard]] StateFrame::Choice choice() const { return {follow, rotate, {}}; }
};
[[nodiscard]] Group<StandardiseOptions> standardisation_parameters();
constexpr const char* standardisation_sentence =
    "How states are brought to mean 0 and variance 1 before they are learned; stored with the model.";

struct FrameSetup {
  Vector period;                     ///< of the coarse variables, 0 where they have none
  std::optional<AffineCoarse> held;  ///< what they are of the states, where they are held exactly
  StateFrame::Choice choice;
};

struct TrainingFrame {
  Vector period;              ///< per label; 0: not periodic
  Matrix label_range;         ///< coarse x 2
  FloatMatrix noised_labels;  ///< with one draw of the noise that labels carry
  StateFrame frame;
  FloatMatrix features;  ///< f of each state (StateFrame), generated columns only
};

/// Throws RunError when there is nothing to learn. `component` is the registered name.
void check_training_data(const std::string& component, const TrainingData& data);

/// For data that were checked.
[[nodiscard]] TrainingFrame fit_frame(const TrainingData& data, const FrameSetup& setup, const RandomStream& stream);

}  // namespace liftwell
