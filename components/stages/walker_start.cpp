// SPDX-License-Identifier: MIT
#include "walker_start.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace liftwell {

WalkerStates initial_states(const System& system, const Starts& starts, Index walkers_per_start,
                            const StageContext& context) {
  const Index walkers = starts.states.rows() * walkers_per_start, dimension = system.dimension();
  WalkerStates states;
  states.positions.resize(walkers, dimension);
  for (Index walker = 0; walker < walkers; ++walker)
    states.positions.row(walker) = starts.states.row(walker / walkers_per_start);
  if (!system.has_velocities()) return states;
  BlockBuffer velocity(dimension, walkers);
  WalkerTile tile{{}, velocity.block(), 0};
  system.draw_velocities(tile, context.stream("initial velocities"));
  states.velocities.resize(walkers, dimension);
  for (Index walker = 0; walker < walkers; ++walker)
    for (Index d = 0; d < dimension; ++d) states.velocities(walker, d) = velocity.block()(d, walker);
  return states;
}

void set_running(SimulationPlan& plan, const std::string& on_failure, Index batch, const StageContext& context) {
  // Every thread gets a tile before any tile grows to the full batch.
  const Index share = (plan.walkers + context.executor().threads() - 1) / context.executor().threads();
  plan.tile = padded(std::clamp<Index>(share, 1, batch));
  plan.on_failure = on_failure == "drop" ? OnFailure::drop : on_failure == "retry" ? OnFailure::retry : OnFailure::stop;
  plan.noise = context.stream("integrator noise");
  for (Index attempt = 1; attempt <= plan.retries; ++attempt)
    plan.retry_noise.push_back(context.stream(fmt::format("integrator noise, retry {}", attempt)));
}

}  // namespace liftwell
