// SPDX-License-Identifier: MIT
// The MBAR equations of sampled frames, solved.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "bias_energies.hpp"
#include "inefficiency.hpp"
#include "mbar_equations.hpp"
#include "overlap.hpp"

namespace liftwell {

/// A first f from a few samples of each state: robust where the full problem would start far away.
inline Vector first_guess(const SampledFrames& frames, double thermal_energy, const Executor& executor) {
  constexpr Index most_per_state = 128;
  const auto states = static_cast<Index>(frames.states.size());
  std::vector<std::vector<Index>> own(frames.states.size());
  for (Index n = 0; n < frames.size(); ++n)
    own[static_cast<std::size_t>(frames.state[static_cast<std::size_t>(n)])].push_back(n);
  std::vector<Index> samples;
  Vector populations(states);
  for (std::size_t k = 0; k < own.size(); ++k) {
    const auto count = static_cast<Index>(own[k].size()), taken = std::min(count, most_per_state);
    for (Index i = 0; i < taken; ++i) samples.push_back(own[k][static_cast<std::size_t>(i * count / taken)]);
    populations[static_cast<Index>(k)] = static_cast<double>(taken);
  }
  Matrix u;
  reduced_energies(frames, frames.bias_coarse, thermal_energy, samples, u);
  Vector f = Vector::Zero(states), scale(u.rows());
  FloatMatrix boltzmann(u.rows(), states);
  for (int round = 0; round < 3; ++round) {  // each round scales anew about what the last one found
    scaled_boltzmann(u, f, 0, boltzmann, scale);
    Vector change = Vector::Zero(states);
    MbarPoint point;
    (void)MbarEquations(boltzmann, populations).solve(change, 1e-6, 30, 60, executor, point);
    f += change;
  }
  return f;
}

/// Of `samples` and `states`, at the solution.
struct MbarSolution {
  FloatMatrix p;      ///< P_nk = N_k exp(f_k − u_k(n)) / Σ_j N_j exp(f_j − u_j(n)), samples x states
  Vector log_weight;  ///< of each sample in the unbiased state, its own weight aside: −ln Σ_k N_k exp(f_k − u_k(n))
  Matrix overlap;     ///< PᵀP of weighed samples
};

/// N_k counts frames by their weights. A group number per state where not all share samples. Throws RunError when the
/// equations of a single group are not solved to 1e-10.
inline std::variant<MbarSolution, std::vector<Index>> solve_mbar(SampledFrames& frames, double thermal_energy,
                                                                 const Executor& executor) {
  const auto states = static_cast<Index>(frames.states.size());
  const Vector populations = state_populations(frames);
  const Vector start = first_guess(frames, thermal_energy, executor);
  MbarSolution out{FloatMatrix(frames.size(), states), Vector(frames.size()), {}};
  for_each_tile(executor, frames.size(), mbar_slabs, [&](Index, Index first, Index count) {
    std::vector<Index> samples(static_cast<std::size_t>(count));
    for (Index n = 0; n < count; ++n) samples[static_cast<std::size_t>(n)] = first + n;
    Matrix u;
    reduced_energies(frames, frames.bias_coarse, thermal_energy, samples, u);
    scaled_boltzmann(u, start, first, out.p, out.log_weight);
  });

  Vector f = Vector::Zero(states);  // relative to `start`
  MbarPoint point;
  const MbarEquations equations(out.p, populations, frame_weights(frames));
  const bool solved = equations.solve(f, 1e-10, 0, 200, executor, point);
  std::vector<Index> group = connected_groups(point.overlap);
  if (frames.tables.empty()) report_overlap(frames, point.overlap, group);
  if (*std::max_element(group.begin(), group.end()) > 0) return group;
  if (!solved)
    throw RunError(
        fmt::format("the MBAR equations were not solved to 1e-10 (reached {:.1e}); are the windows far apart or the "
                    "samples few?",
                    equations.residual(point)));
  out.overlap = std::move(point.overlap);

  // So far p holds Boltzmann factors, scaled per sample, and log_weight the scale.
  const Vector factors = populations.array() * f.array().exp();
  for_each_tile(executor, frames.size(), mbar_slabs, [&](Index, Index first, Index count) {
    for (Index n = first; n < first + count; ++n) {
      const auto terms = out.p.row(n).cast<double>().array() * factors.transpose().array();
      const double sum = terms.sum();
      out.p.row(n) = (terms / sum).cast<float>().matrix();
      out.log_weight[n] = -(out.log_weight[n] + std::log(sum));
    }
  });
  return out;
}

}  // namespace liftwell
