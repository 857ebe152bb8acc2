// SPDX-License-Identifier: MIT
#include "learned_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/families/grid_function.hpp"

namespace liftwell {
namespace {

/// Share of [from, to) that lies in [low, high), around the circle where there is a period.
double share(double from, double to, double low, double high, double period) {
  const auto overlap = [&](double shift) {
    return std::max(0.0, std::min(to, high + shift) - std::max(from, low + shift));
  };
  double inside = overlap(0);
  if (period > 0) {
    if (high - low >= period) return 1;
    for (double turn = 1; turn <= 2; ++turn) inside += overlap(turn * period) + overlap(-turn * period);
  }
  return inside / (to - from);
}

double standard_error(const Vector& values) {
  const auto count = static_cast<double>(values.size());
  if (count < 2) return std::nan("");
  return std::sqrt((values.array() - values.mean()).square().sum() / (count * (count - 1)));
}

/// exp(−F/kT), 0 where F is not known.
Vector weights(const Vector& free_energy, double thermal_energy) {
  return free_energy.unaryExpr([=](double f) { return std::isnan(f) ? 0.0 : std::exp(-f / thermal_energy); });
}

}  // namespace

FreeEnergy learned_profile(const LearnedBias& learned, const CoarseMap& coarse, const Grid& grid,
                           const std::vector<RegionPair>& regions) {
  const double kT = learned.thermal_energy;
  const Index groups = learned.free_energies.rows(), cells = grid.cells();
  Matrix F = learned.free_energies;
  std::vector<Index> known;
  for (Index i = 0; i < cells; ++i)
    if (F.col(i).array().isFinite().all()) known.push_back(i);
  if (known.empty()) throw InputError("the groups have seen no cell of the grid in common; adapt for longer");
  for (Index g = 0; g < groups; ++g) {
    const Vector own = F.row(g)(known).transpose();
    const double lowest = own.minCoeff();
    F.row(g).array() += kT * std::log(weights(own.array() - lowest, kT).sum()) - lowest;
  }

  FreeEnergy out;
  out.estimator = learned.method;
  out.coarse = coarse.names();
  out.points = grid.centres();
  out.thermal_energy = kT;
  out.values = Vector::Constant(cells, std::nan(""));
  out.standard_errors = out.values;
  const Vector mean = F.colwise().mean().transpose();
  const Vector p = weights(mean, kT);
  double total = 0;
  Vector offset = Vector::Zero(groups);
  for (const Index i : known) {
    total += p[i];
    offset += p[i] * (F.col(i).array() - mean[i]).matrix();
  }
  const double lowest = mean(known).minCoeff();
  for (const Index i : known) {
    out.values[i] = mean[i] - lowest;
    out.standard_errors[i] = standard_error(F.col(i) - offset / total);
  }

  const Matrix from = grid.lower_edges(), to = grid.upper_edges();
  for (const RegionPair& pair : regions) {
    const double period = coarse.period(pair.variable);
    Vector values(groups);
    for (Index g = 0; g < groups; ++g) {
      const Vector own = weights(F.row(g).transpose(), kT);
      double of = 0, against = 0;
      for (Index i = 0; i < cells; ++i) {
        const double low = from(i, pair.variable), high = to(i, pair.variable);
        of += own[i] * share(low, high, pair.of_low, pair.of_high, period);
        against += own[i] * share(low, high, pair.against_low, pair.against_high, period);
      }
      values[g] = -kT * std::log(of / against);
    }
    FreeEnergyDifference difference{.name = pair.name};
    difference.value = values.mean();
    difference.standard_error = standard_error(values);
    if (!std::isfinite(difference.value)) {
      difference.value = difference.standard_error = std::nan("");
      out.notes.push_back("difference '" + pair.name + "': a group never saw one of its regions");
    }
    out.differences.push_back(std::move(difference));
  }
  out.notes.insert(out.notes.begin(), learned.notes.begin(), learned.notes.end());
  out.notes.push_back(
      groups < 2 ? "there is one group only, so nothing tells the error"
                 : fmt::format("errors are the spread of {} groups that learned a bias each: they cover noise and the "
                               "memory of the beginning, and not what all groups share: the width of the kernels, slow "
                               "directions that no walker crossed, and a time too short for all of them",
                               groups));
  out.notes.push_back(fmt::format("learning the bias took {} force evaluations", learned.force_evaluations));
  return out;
}

}  // namespace liftwell
