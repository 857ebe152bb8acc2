// SPDX-License-Identifier: MIT
// How walkers begin, whatever drives them.
#pragma once

#include "liftwell/data/results.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "walker_advance.hpp"

namespace liftwell {

/// Reports starts whose states do not fit the system. Returns the shapes of the starts.
std::vector<Shape> check_starts(const Input<Starts>& starts, const System& system, CheckContext& context);

/// Reports a bias on `coarse` that cannot act on the system, or not on its states.
void check_bias(const CoarseMap& coarse, const System& system, CheckContext& context);

/// Stops the run where the time step cannot follow the bias, which may be null, at the starts, and warns where it
/// hardly can, or where it is made for another energy.
void check_stability(const System& system, const Bias* bias, const Starts& starts, StageContext& context);

/// "" when so many walkers, which are all kept in memory, have room on this machine, else what is wrong.
[[nodiscard]] std::string no_room_for(Index walkers, const System& system);

/// Walkers `walkers_per_start` to a start, in the order of the starts, with equilibrium velocities where the system has
/// any.
[[nodiscard]] WalkerStates initial_states(const System& system, const Starts& starts, Index walkers_per_start,
                                          const StageContext& context);

/// Velocities of walkers in equilibrium (walkers x dimension); no rows where the system has none.
[[nodiscard]] Matrix drawn_velocities(const System& system, Index walkers, const RandomStream& stream);

/// Sets what `on_failure` and `batch` of a stage say, and its noise, and notes what computes the forces of its system.
void set_running(SimulationPlan& plan, const std::string& on_failure, Index batch, StageContext& context);

}  // namespace liftwell
