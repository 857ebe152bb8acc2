// SPDX-License-Identifier: MIT
// Rates of the random generator and of batched dynamics on one core. items_per_second is normals or
// walker-steps per second.
#include <benchmark/benchmark.h>

#include <string>

#include "liftwell/base/random.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/families/system.hpp"

namespace {

using namespace liftwell;

constexpr Index tile_lanes = 256;
constexpr std::int64_t steps_per_call = 100;

void normals(benchmark::State& state) {
  BlockBuffer out(16, tile_lanes);
  const RandomStream stream = RandomStream::named(1, {"benchmark"});
  std::uint64_t position = 0;
  for (auto _ : state) {
    fill_normals(stream, 0, position, 16, tile_lanes, out.block().data(), tile_lanes);
    position += 16;
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 16 * tile_lanes);
}
BENCHMARK(normals);

/// One tile of walkers from the deepest minimum of Müller-Brown, with x restrained when asked.
void dynamics(benchmark::State& state, const std::string& system_yaml, bool restrained) {
  const auto system = build<System>(*configure("system", system_yaml));
  const auto bias =
      build<Bias>(*configure("bias", "{type: harmonic, on: {type: coordinate, index: 0}, stiffness: 2000}"));
  BlockBuffer position(system->dimension(), tile_lanes);
  BlockBuffer velocity(system->has_velocities() ? system->dimension() : 0, tile_lanes);
  BlockBuffer centres(1, tile_lanes);
  position.block().row(0).setConstant(-0.55822363);
  position.block().row(1).setConstant(1.44172584);
  centres.block().row(0).setConstant(-0.5);
  WalkerTile tile{position.block(), velocity.block(), 0};
  const Restraint restraint{bias.get(), centres.block()};
  const RandomStream stream = RandomStream::named(1, {"benchmark"});
  std::uint64_t step = 0;
  for (auto _ : state) {
    system->advance(tile, restrained ? &restraint : nullptr, stream, step, steps_per_call);
    step += steps_per_call;
  }
  state.SetItemsProcessed(state.iterations() * steps_per_call * tile_lanes);
}

std::string langevin(const std::string& potential, const std::string& integrator) {
  return "{type: langevin, potential: {type: " + potential + "}, temperature: 15, integrator: {type: " + integrator +
         ", timestep: 1e-5}}";
}

/// Energies and gradients alone: what a formula costs against the same potential compiled.
void potential(benchmark::State& state, const std::string& yaml) {
  const auto surface = build<Potential>(*configure("potential", yaml));
  BlockBuffer position(surface->dimension(), tile_lanes), gradient(surface->dimension(), tile_lanes);
  fill_normals(RandomStream::named(1, {"benchmark"}), 0, 0, surface->dimension(), tile_lanes, position.block().data(),
               tile_lanes);
  for (auto _ : state) {
    surface->evaluate(position.block(), nullptr, gradient.block());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * tile_lanes);
}

constexpr const char* muller_brown_formula =
    "{type: expression, coordinates: [x, y], energy: \"-200*exp(-(x-1)^2 - 10*y^2) - 100*exp(-x^2 - 10*(y-0.5)^2) "
    "- 170*exp(-6.5*(x+0.5)^2 + 11*(x+0.5)*(y-1.5) - 6.5*(y-1.5)^2) "
    "+ 15*exp(0.7*(x+1)^2 + 0.6*(x+1)*(y-1) + 0.7*(y-1)^2)\"}";

BENCHMARK_CAPTURE(potential, muller_brown, "{type: muller_brown}");
BENCHMARK_CAPTURE(potential, muller_brown_as_a_formula, muller_brown_formula);
BENCHMARK_CAPTURE(dynamics, muller_brown_euler_maruyama, langevin("muller_brown", "euler_maruyama"), false);
BENCHMARK_CAPTURE(dynamics, muller_brown_leimkuhler_matthews, langevin("muller_brown", "leimkuhler_matthews"), false);
BENCHMARK_CAPTURE(dynamics, muller_brown_baoab, langevin("muller_brown", "baoab"), false);
BENCHMARK_CAPTURE(dynamics, fast_leimkuhler_matthews, langevin("muller_brown_fast", "leimkuhler_matthews"), false);
BENCHMARK_CAPTURE(dynamics, fast_leimkuhler_matthews_restrained, langevin("muller_brown_fast", "leimkuhler_matthews"),
                  true);
BENCHMARK_CAPTURE(dynamics, fast_baoab_restrained, langevin("muller_brown_fast", "baoab"), true);

}  // namespace
