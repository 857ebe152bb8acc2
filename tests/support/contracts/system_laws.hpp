// SPDX-License-Identifier: MIT
// Laws of every system.
#pragma once

#include <utility>

#include "liftwell/families/system.hpp"
#include "support/contracts/integrator_laws.hpp"

namespace liftwell::contracts {

/// For a system that promises exact repetition: n + m steps are n, then m, and a walker is independent of
/// its tile, both bit for bit. Evaluations are counted, velocities come from the stream alone, energies
/// are finite. Starts are random states of spread `spread` around the system's own structure, or around the origin,
/// which must be ordinary for the system. With `bias` (on variables of this system), a restraint centred at the starts'
/// mean plus `displacement` moves the mean coarse value towards the centre.
inline BrokenLaws system_laws(const System& system, const Bias* bias = nullptr, double spread = 1,
                              double displacement = 1) {
  BrokenLaws broken;
  if (!(system.timestep() > 0) || !(system.thermal_energy() > 0))
    return {"its time step and its temperature are positive"};
  const RandomStream stream = RandomStream::named(2023, {"contracts", "system"}, 1);
  const RandomStream velocities = RandomStream::named(2023, {"contracts", "velocities"}, 1);
  const bool inertia = system.has_velocities();
  const Vector structure = system.structure();
  const auto fresh = [&](Index lanes, std::uint32_t first) {
    OwnedTile owned(system.dimension(), lanes, inertia, first);
    copy_lanes(random_states(system.dimension(), 64, "tile", spread).block(), first, owned.position.block());
    for (Index d = 0; d < structure.size(); ++d) owned.position.block().row(d) += structure[d];
    system.draw_velocities(owned.tile, velocities);
    return owned;
  };
  OwnedTile whole = fresh(64, 0);
  if (system.advance(whole.tile, nullptr, stream, 0, 30) < 30)
    broken.push_back("it counts at least one force evaluation for each step");
  if (!whole.position.block().flat().isFinite().all()) broken.push_back("its example is stable");
  if (system.abilities().exact_repetition) {
    OwnedTile parts = fresh(64, 0);
    system.advance(parts.tile, nullptr, stream, 0, 13);
    system.advance(parts.tile, nullptr, stream, 13, 17);
    if (!same_bits(parts.position.block(), whole.position.block()) ||
        !same_bits(parts.velocity.block(), whole.velocity.block()))
      broken.push_back("30 steps are 13 steps and then 17, bit for bit");
    OwnedTile few = fresh(8, 48);
    system.advance(few.tile, nullptr, stream, 0, 30);
    BlockBuffer expected(system.dimension(), 8);
    copy_lanes(whole.position.block(), 48, expected.block());
    if (!same_bits(few.position.block(), expected.block()))
      broken.push_back("a walker's path depends neither on its place nor on the size of the tile");
  }
  if (system.abilities().energies) {
    BlockBuffer energy(1, 64);
    system.energies(whole.position.block(), energy.block().data());
    if (!energy.block().flat().isFinite().all()) broken.push_back("energies of ordinary states are finite");
  }
  if (bias == nullptr || !system.abilities().biases) return broken;

  const CoarseMap& coarse = bias->coarse();
  BlockBuffer xi(coarse.size(), 64), centres(coarse.size(), 64);
  OwnedTile free_tile = fresh(64, 0);
  OwnedTile held = fresh(64, 0);
  coarse.values(std::as_const(held.position).block(), xi.block());
  Vector centre(coarse.size());
  for (Index k = 0; k < centre.size(); ++k) {
    centre[k] = (structure.size() > 0 ? xi.block().row(k).mean() : 0) + displacement;
    centres.block().row(k).setConstant(centre[k]);
  }
  const Restraint restraint{bias, centres.block()};
  system.advance(free_tile.tile, nullptr, stream, 0, 400);
  system.advance(held.tile, &restraint, stream, 0, 400);
  const auto distance = [&](ConstBlock x) {
    coarse.values(x, xi.block());
    return std::abs(xi.block().row(0).mean() - centre[0]);
  };
  if (!(distance(held.position.block()) < 0.5 * distance(free_tile.position.block())))
    broken.push_back("a restraint acts: it brings the mean coarse value nearer to its centre");
  return broken;
}

}  // namespace liftwell::contracts
