// SPDX-License-Identifier: MIT
#include "walker_start.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "liftwell/families/bias_stability.hpp"

namespace liftwell {

std::vector<Shape> check_starts(const Input<Starts>& starts, const System& system, CheckContext& context) {
  std::vector<Shape> shapes = context.shapes(starts.references);
  for (const Shape& shape : shapes)
    if (shape.dimension != 0 && shape.dimension != system.dimension())
      context.error("starts", fmt::format("are states of dimension {}, but the system has dimension {}",
                                          shape.dimension, system.dimension()));
  return shapes;
}

void check_bias(const CoarseMap& coarse, const System& system, CheckContext& context) {
  if (!system.abilities().biases)
    context.error("bias", "cannot act on this system, which has no energy", "a system of family langevin or openmm");
  if (const auto misfit = bias_misfit(coarse, system); !misfit.empty()) context.error("bias", misfit);
}

void check_stability(const System& system, const Bias* bias, const Starts& starts, StageContext& context) {
  if (bias != nullptr) {
    if (const auto fault = unstable(system, *bias, starts.states); !fault.empty())
      throw InputError("the bias " + fault);
    if (const auto warning = stability_warning(system, *bias, starts.states); !warning.empty()) context.warn(warning);
  }
  if (const auto warning = assumption_warning(system, bias, starts.states); !warning.empty()) context.warn(warning);
}

std::string no_room_for(Index walkers, const System& system) {
  // Positions and velocities at both ends of a frame, and the frame itself in single precision.
  const double each = (system.has_velocities() ? 4.5 : 2.5) * 8 * static_cast<double>(system.dimension());
  const double wanted = static_cast<double>(walkers) * each;
  const double there = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (wanted < there) return {};
  return fmt::format("{} walkers take {:.3g} GB of memory, and this machine has {:.3g} GB", walkers, wanted / 1e9,
                     there / 1e9);
}

WalkerStates initial_states(const System& system, const Starts& starts, Index walkers_per_start,
                            const StageContext& context) {
  const Index walkers = starts.states.rows() * walkers_per_start;
  WalkerStates states;
  states.positions.resize(walkers, system.dimension());
  for (Index walker = 0; walker < walkers; ++walker)
    states.positions.row(walker) = starts.states.row(walker / walkers_per_start);
  states.velocities = drawn_velocities(system, walkers, context.stream("initial velocities"));
  return states;
}

Matrix drawn_velocities(const System& system, Index walkers, const RandomStream& stream) {
  if (!system.has_velocities()) return {};
  BlockBuffer velocity(system.dimension(), walkers);
  WalkerTile all{{}, velocity.block(), 0};
  system.draw_velocities(all, stream);
  Matrix out(walkers, system.dimension());
  for (Index walker = 0; walker < walkers; ++walker)
    for (Index d = 0; d < out.cols(); ++d) out(walker, d) = velocity.block()(d, walker);
  return out;
}

void set_running(SimulationPlan& plan, const std::string& on_failure, Index batch, StageContext& context) {
  if (const std::string remark = plan.system->remark(); !remark.empty()) context.fact("engine", remark);
  // Every thread gets a tile before any tile grows to the full batch.
  const Index share = (plan.walkers + context.executor().threads() - 1) / context.executor().threads();
  plan.tile = padded(std::clamp<Index>(share, 1, batch));
  plan.on_failure = on_failure == "drop" ? OnFailure::drop : on_failure == "retry" ? OnFailure::retry : OnFailure::stop;
  plan.noise = context.stream("integrator noise");
  for (Index attempt = 1; attempt <= plan.retries; ++attempt)
    plan.retry_noise.push_back(context.stream(fmt::format("integrator noise, retry {}", attempt)));
}

}  // namespace liftwell
