// SPDX-License-Identifier: MIT
#include "restrained_runs.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "liftwell/base/random.hpp"

namespace liftwell {
namespace {

/// Columns [first, first + count) of a curve that has one height there.
struct Level {
  double first = 0, count = 0, height = 0;
  [[nodiscard]] double middle() const { return first + (count - 1) / 2; }
};

/// The curve that never rises and is nearest to `values`.
std::vector<Level> falling(const Vector& values) {
  std::vector<Level> out;
  for (Index i = 0; i < values.size(); ++i) {
    out.push_back({static_cast<double>(i), 1, values[i]});
    while (out.size() > 1 && out.back().height >= out[out.size() - 2].height) {
      const Level last = out.back();
      out.pop_back();
      Level& into = out.back();
      into.height = (into.count * into.height + last.count * last.height) / (into.count + last.count);
      into.count += last.count;
    }
  }
  return out;
}

}  // namespace

RestrainedRuns::Energies RestrainedRuns::energies(const Matrix& states, const Vector& z,
                                                  const RandomStream& stream) const {
  constexpr Index most = 128;  // walkers advanced together; affects speed only
  const Index times = 1 + steps / stride, dimension = system.dimension();
  Matrix potential(states.rows(), times), with_bias(states.rows(), times);
  std::int64_t evaluations = 0;
  for (Index first = 0; first < states.rows(); first += most) {
    const Index lanes = std::min(most, states.rows() - first);
    BlockBuffer position(dimension, lanes), velocity(system.has_velocities() ? dimension : 0, lanes);
    BlockBuffer centres(z.size(), lanes), xi(z.size(), lanes), energy(1, lanes), added(1, lanes);
    for (Index lane = 0; lane < position.block().lanes(); ++lane) {  // padding repeats the last walker
      const Index walker = first + std::min(lane, lanes - 1);
      for (Index d = 0; d < dimension; ++d) position.block()(d, lane) = states(walker, d);
      for (Index k = 0; k < z.size(); ++k) centres.block()(k, lane) = z[k];
    }
    WalkerTile tile{position.block(), velocity.block(), static_cast<std::uint32_t>(first), {}, lanes};
    system.draw_velocities(tile, stream.part({"velocities"}));
    const Restraint restraint{&bias, std::as_const(centres).block()};
    const RandomStream noise = stream.part({"noise"});
    for (Index t = 0; t < times; ++t) {
      if (t > 0)
        evaluations +=
            lanes * system.advance(tile, &restraint, noise, static_cast<std::uint64_t>((t - 1) * stride), stride);
      system.energies(std::as_const(position).block(), energy.block().data());
      bias.coarse().values(std::as_const(position).block(), xi.block());
      bias.evaluate(std::as_const(xi).block(), std::as_const(centres).block(), added.block().data(), {});
      for (Index lane = 0; lane < lanes; ++lane) {
        potential(first + lane, t) = energy.block()(0, lane) / system.thermal_energy();
        with_bias(first + lane, t) = potential(first + lane, t) + added.block()(0, lane) / system.thermal_energy();
      }
    }
  }
  std::vector<Index> finite;
  for (Index w = 0; w < with_bias.rows(); ++w)
    if (with_bias.row(w).allFinite()) finite.push_back(w);
  return {potential.col(0), potential(finite, Eigen::all), with_bias(finite, Eigen::all), evaluations};
}

Settling::Settling(const Matrix& energies, double fraction, std::optional<double> limit) {
  const Index times = energies.cols(), quarter = times / 4;
  const Vector mean = energies.colwise().mean().transpose();
  const double end = limit ? *limit : mean.tail(2 * quarter).mean();
  excess = mean[0] - end;
  const double sign = excess < 0 ? -1 : 1, goal = fraction * std::abs(excess);
  time = std::nan("");
  const std::vector<Level> levels = falling(sign * (mean.array() - end).matrix());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i].height > goal) continue;
    time = 0;
    if (i > 0) {
      const Level &before = levels[i - 1], &here = levels[i];
      const double share = (before.height - goal) / (before.height - here.height);
      time = before.middle() + share * (here.middle() - before.middle());
    }
    break;
  }
  // Per walker, so that the correlation along a walker's run does not matter.
  const Vector drift =
      energies.rightCols(quarter).rowwise().mean() - energies.middleCols(times - 2 * quarter, quarter).rowwise().mean();
  const auto walkers = static_cast<double>(drift.size());
  const double error =
      std::sqrt((drift.array() - drift.mean()).square().sum() / (walkers * std::max(1.0, walkers - 1)));
  settled = std::abs(drift.mean()) <= 3 * error;
}

}  // namespace liftwell
