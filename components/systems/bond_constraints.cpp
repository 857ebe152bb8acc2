// SPDX-License-Identifier: MIT
#include "bond_constraints.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace liftwell {
namespace {

constexpr int most_iterations = 200;

std::size_t below(Index row, Index column) { return static_cast<std::size_t>(row * (row + 1) / 2 + column); }

/// For each constraint the number of its cluster.
std::vector<std::size_t> clusters_of(const std::vector<BondConstraint>& constraints, Index atoms) {
  std::vector<Index> root(static_cast<std::size_t>(atoms));
  std::iota(root.begin(), root.end(), Index{0});
  const auto find = [&](Index atom) {
    while (root[static_cast<std::size_t>(atom)] != atom) atom = root[static_cast<std::size_t>(atom)];
    return atom;
  };
  for (const BondConstraint& constraint : constraints) {
    const Index a = find(constraint.a), b = find(constraint.b);
    root[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
  }
  std::vector<std::size_t> out, number(static_cast<std::size_t>(atoms), 0);
  std::size_t count = 0;
  for (const BondConstraint& constraint : constraints) {
    std::size_t& of_root = number[static_cast<std::size_t>(find(constraint.a))];
    if (of_root == 0) of_root = ++count;
    out.push_back(of_root - 1);
  }
  return out;
}

/// Σ over atoms that both constraints have, of 1/m, with the sign of how their bonds point.
double coupling(const BondConstraint& k, const BondConstraint& l, const Vector& inverse_masses) {
  double out = 0;
  for (const auto& [atom, sign] : {std::pair{k.a, 1.0}, std::pair{k.b, -1.0}}) {
    if (atom == l.a) out += sign * inverse_masses[atom];
    if (atom == l.b) out -= sign * inverse_masses[atom];
  }
  return out;
}

}  // namespace

BondConstraints::BondConstraints(const std::vector<BondConstraint>& constraints, Vector inverse_masses)
    : inverse_masses_(std::move(inverse_masses)) {
  const auto cluster_of = clusters_of(constraints, inverse_masses_.size());
  for (std::size_t k = 0; k < constraints.size(); ++k) {
    if (cluster_of[k] >= clusters_.size()) clusters_.resize(cluster_of[k] + 1);
    clusters_[cluster_of[k]].constraints.push_back(constraints[k]);
  }
  for (Cluster& cluster : clusters_) {
    const Index size = std::ssize(cluster.constraints);
    cluster.coupling.resize(size, size);
    for (Index k = 0; k < size; ++k)
      for (Index l = 0; l < size; ++l)
        cluster.coupling(k, l) = coupling(cluster.constraints[static_cast<std::size_t>(k)],
                                          cluster.constraints[static_cast<std::size_t>(l)], inverse_masses_);
    cluster.bond.resize(3 * cluster.constraints.size());
    cluster.factor.resize(below(size, 0));
  }
}

Index BondConstraints::largest_cluster() const {
  std::size_t largest = 0;
  for (const Cluster& cluster : clusters_) largest = std::max(largest, cluster.constraints.size());
  return static_cast<Index>(largest);
}

void BondConstraints::set_place(ConstPackColumn x) {
  for (Cluster& cluster : clusters_) {
    const Index size = std::ssize(cluster.constraints);
    for (std::size_t k = 0; k < cluster.constraints.size(); ++k)
      for (Index d = 0; d < 3; ++d)
        cluster.bond[3 * k + static_cast<std::size_t>(d)] =
            x(3 * cluster.constraints[k].a + d) - x(3 * cluster.constraints[k].b + d);
    const auto product = [&](Index k, Index l) -> Pack {
      const Pack* const sk = &cluster.bond[static_cast<std::size_t>(3 * k)];
      const Pack* const sl = &cluster.bond[static_cast<std::size_t>(3 * l)];
      return cluster.coupling(k, l) * (sk[0] * sl[0] + sk[1] * sl[1] + sk[2] * sl[2]);
    };
    auto& factor = cluster.factor;
    for (Index k = 0; k < size; ++k) {
      for (Index l = 0; l < k; ++l) {  // first L_kl D_l, which is what later entries of the row need
        Pack entry = product(k, l);
        for (Index j = 0; j < l; ++j) entry -= factor[below(k, j)] * factor[below(l, j)];
        factor[below(k, l)] = entry;
      }
      Pack pivot = product(k, k);
      for (Index l = 0; l < k; ++l) {
        const Pack entry = factor[below(k, l)] * factor[below(l, l)];
        pivot -= entry * factor[below(k, l)];
        factor[below(k, l)] = entry;
      }
      factor[below(k, k)] = pivot.inverse();
    }
  }
}

void BondConstraints::solve(const Cluster& cluster, std::vector<Pack>& rhs) {
  const Index size = std::ssize(cluster.constraints);
  const auto at = [&](Index k) -> Pack& { return rhs[static_cast<std::size_t>(k)]; };
  for (Index k = 0; k < size; ++k)
    for (Index l = 0; l < k; ++l) at(k) -= cluster.factor[below(k, l)] * at(l);
  for (Index k = size; k-- > 0;) {
    at(k) *= cluster.factor[below(k, k)];
    for (Index l = k + 1; l < size; ++l) at(k) -= cluster.factor[below(l, k)] * at(l);
  }
}

void BondConstraints::spread(const Cluster& cluster, const std::vector<Pack>& multipliers, double scale,
                             PackColumn out) const {
  for (std::size_t k = 0; k < cluster.constraints.size(); ++k) {
    const BondConstraint& constraint = cluster.constraints[k];
    const double to_a = scale * inverse_masses_[constraint.a], to_b = scale * inverse_masses_[constraint.b];
    for (Index d = 0; d < 3; ++d) {
      const Pack along = multipliers[k] * cluster.bond[3 * k + static_cast<std::size_t>(d)];
      out(3 * constraint.a + d) += to_a * along;
      out(3 * constraint.b + d) -= to_b * along;
    }
  }
}

void BondConstraints::project(PackColumn v) const {
  for (const Cluster& cluster : clusters_) {
    multipliers_.resize(cluster.constraints.size());
    for (std::size_t k = 0; k < cluster.constraints.size(); ++k) {
      const BondConstraint& constraint = cluster.constraints[k];
      multipliers_[k].setZero();
      for (Index d = 0; d < 3; ++d)
        multipliers_[k] +=
            cluster.bond[3 * k + static_cast<std::size_t>(d)] * (v(3 * constraint.a + d) - v(3 * constraint.b + d));
    }
    solve(cluster, multipliers_);
    spread(cluster, multipliers_, -1, v);
  }
}

void BondConstraints::restore(PackColumn x, const PackColumn* v, double velocity_per_length) const {
  for (const Cluster& cluster : clusters_) {
    const std::size_t size = cluster.constraints.size();
    multipliers_.resize(size);
    Eigen::Array<bool, lane_multiple, 1> wrong;
    for (int iteration = 0; iteration <= most_iterations; ++iteration) {
      wrong.setConstant(false);
      for (std::size_t k = 0; k < size; ++k) {
        const BondConstraint& constraint = cluster.constraints[k];
        const double square = constraint.distance * constraint.distance;
        Pack excess = Pack::Constant(-square);
        for (Index d = 0; d < 3; ++d) excess += (x(3 * constraint.a + d) - x(3 * constraint.b + d)).square();
        wrong = wrong || !(excess.abs() <= tolerance * square);
        multipliers_[k] = -0.5 * excess;
      }
      if (!wrong.any() || iteration == most_iterations) break;
      solve(cluster, multipliers_);
      for (Pack& multiplier : multipliers_) multiplier = wrong.select(multiplier, 0.0);
      spread(cluster, multipliers_, 1, x);
      if (v != nullptr) spread(cluster, multipliers_, velocity_per_length, *v);
    }
    if (!wrong.any()) continue;
    for (const BondConstraint& constraint : cluster.constraints)
      for (Index d = 0; d < 3; ++d)
        for (const Index atom : {constraint.a, constraint.b})
          x(3 * atom + d) = wrong.select(Pack::Constant(std::numeric_limits<double>::quiet_NaN()), x(3 * atom + d));
  }
}

}  // namespace liftwell
