// SPDX-License-Identifier: MIT
#include "liftwell/store/walker_states.hpp"

#include "liftwell/store/hdf5.hpp"

namespace liftwell {

void write_states(Hdf5Writer& file, const WalkerStates& states) {
  file.array("end_positions", states.positions);
  if (states.velocities.size() > 0) file.array("end_velocities", states.velocities);
  file.array("steps_done", std::vector<Index>{states.steps_done});
  file.array("dropped", states.dropped);
  if (!states.moves.accepted.empty()) {
    file.array("moves_accepted", states.moves.accepted);
    file.array("moves_proposed", states.moves.proposed);
    file.array("moves_density_error", Matrix(states.moves.density_error));
    file.array("moves_score_evaluations", std::vector<Index>{states.moves.score_evaluations});
  }
  file.array("counts", std::vector<Index>{states.force_evaluations, states.proposed, states.accepted});
}

WalkerStates read_states(const Hdf5Reader& file) {
  WalkerStates states;
  states.positions = file.matrix("end_positions");
  if (file.has("end_velocities")) states.velocities = file.matrix("end_velocities");
  states.steps_done = file.indices("steps_done").at(0);
  states.dropped = file.indices("dropped");
  if (file.has("moves_accepted")) {
    states.moves.accepted = file.indices("moves_accepted");
    states.moves.proposed = file.indices("moves_proposed");
    states.moves.density_error = file.matrix("moves_density_error").col(0);
    states.moves.score_evaluations = file.indices("moves_score_evaluations").at(0);
  }
  const std::vector<Index> counts = file.indices("counts");
  states.force_evaluations = counts.at(0);
  states.proposed = counts.at(1);
  states.accepted = counts.at(2);
  return states;
}

}  // namespace liftwell
