// SPDX-License-Identifier: MIT
#include "bond_constraints.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <type_traits>
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

/// Largest sum of squared relative errors of distances that are right.
constexpr double right = BondConstraints::tolerance * BondConstraints::tolerance;

/// 1 in lanes whose distances are not right, 0 in others. Comparisons of Eigen's arrays are made lane by lane.
Pack wrong_lanes(const Pack& misfit) {
  using Lanes = double __attribute__((vector_size(lane_multiple * sizeof(double)), may_alias));
  Pack out;
  const Lanes yes = Lanes{} + 1, no{};
  reinterpret_cast<Lanes&>(out) = reinterpret_cast<const Lanes&>(misfit) <= right ? no : yes;
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

/// Calls f(integral constant N) with the size of the cluster where loops of that length are worth being written out, or
/// 0: clusters of a molecule are mostly a bond, or the three of a methyl group.
template <class Call>
void BondConstraints::with_size(const Cluster& cluster, const Call& call) {
  switch (cluster.constraints.size()) {
    case 1: return call(std::integral_constant<Index, 1>());
    case 2: return call(std::integral_constant<Index, 2>());
    case 3: return call(std::integral_constant<Index, 3>());
    default: return call(std::integral_constant<Index, 0>());
  }
}

/// Numbers for each constraint of a cluster, in registers as far as they go.
template <Index N>
struct BondConstraints::Work {
  static constexpr auto size = static_cast<std::size_t>(N);
  std::array<Pack, size> multipliers, total;
  std::array<Pack, 3 * size> now;  ///< r_k = x_a − x_b
  explicit Work(Index /*size*/) { total.fill(Pack::Zero()); }
};
template <>
struct BondConstraints::Work<0> {
  std::vector<Pack> multipliers, total, now;
  explicit Work(Index size)
      : multipliers(static_cast<std::size_t>(size)),
        total(static_cast<std::size_t>(size), Pack::Zero()),
        now(static_cast<std::size_t>(3 * size)) {}
};

template <Index N>
Index BondConstraints::size_of(const Cluster& cluster) {
  return N > 0 ? N : std::ssize(cluster.constraints);
}

template <Index N>
void BondConstraints::set_place(Cluster& cluster, ConstPackColumn x) {
  const Index size = size_of<N>(cluster);
  Pack* const bond = cluster.bond.data();
  for (Index k = 0; k < size; ++k) {
    const BondConstraint& constraint = cluster.constraints[static_cast<std::size_t>(k)];
    for (Index d = 0; d < 3; ++d) bond[3 * k + d] = x(3 * constraint.a + d) - x(3 * constraint.b + d);
  }
  const auto product = [&](Index k, Index l) -> Pack {
    const Pack* const sk = bond + 3 * k;
    const Pack* const sl = bond + 3 * l;
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

void BondConstraints::set_place(ConstPackColumn x) {
  for (Cluster& cluster : clusters_) with_size(cluster, [&](auto n) { set_place<n()>(cluster, x); });
}

template <Index N>
void BondConstraints::solve(const Cluster& cluster, Pack* rhs) {
  const Index size = size_of<N>(cluster);
  const Pack* const factor = cluster.factor.data();
  for (Index k = 0; k < size; ++k)
    for (Index l = 0; l < k; ++l) rhs[k] -= factor[below(k, l)] * rhs[l];
  for (Index k = size; k-- > 0;) {
    rhs[k] *= factor[below(k, k)];
    for (Index l = k + 1; l < size; ++l) rhs[k] -= factor[below(l, k)] * rhs[l];
  }
}

template <Index N>
void BondConstraints::spread(const Cluster& cluster, const Pack* multipliers, double scale, PackColumn out) const {
  const Index size = size_of<N>(cluster);
  for (Index k = 0; k < size; ++k) {
    const BondConstraint& constraint = cluster.constraints[static_cast<std::size_t>(k)];
    const double to_a = scale * inverse_masses_[constraint.a], to_b = scale * inverse_masses_[constraint.b];
    for (Index d = 0; d < 3; ++d) {
      const Pack along = multipliers[k] * cluster.bond[static_cast<std::size_t>(3 * k + d)];
      out(3 * constraint.a + d) += to_a * along;
      out(3 * constraint.b + d) -= to_b * along;
    }
  }
}

template <Index N>
void BondConstraints::project(const Cluster& cluster, PackColumn v) const {
  const Index size = size_of<N>(cluster);
  Work<N> work(size);
  for (Index k = 0; k < size; ++k) {
    const BondConstraint& constraint = cluster.constraints[static_cast<std::size_t>(k)];
    const Pack* const bond = &cluster.bond[static_cast<std::size_t>(3 * k)];
    Pack sum = bond[0] * (v(3 * constraint.a) - v(3 * constraint.b));
    for (Index d = 1; d < 3; ++d) sum += bond[d] * (v(3 * constraint.a + d) - v(3 * constraint.b + d));
    work.multipliers[static_cast<std::size_t>(k)] = sum;
  }
  solve<N>(cluster, work.multipliers.data());
  spread<N>(cluster, work.multipliers.data(), -1, v);
}

void BondConstraints::project(PackColumn v) const {
  for (const Cluster& cluster : clusters_) with_size(cluster, [&](auto n) { project<n()>(cluster, v); });
}

/// Bonds move within the work space, and atoms once at the end.
template <Index N>
void BondConstraints::restore(const Cluster& cluster, PackColumn x, const PackColumn* v,
                              double velocity_per_length) const {
  const Index size = size_of<N>(cluster);
  Work<N> work(size);
  Pack* const now = work.now.data();
  Pack* const multipliers = work.multipliers.data();
  Pack* const total = work.total.data();
  for (Index k = 0; k < size; ++k) {
    const BondConstraint& constraint = cluster.constraints[static_cast<std::size_t>(k)];
    for (Index d = 0; d < 3; ++d) now[3 * k + d] = x(3 * constraint.a + d) - x(3 * constraint.b + d);
  }
  Pack wrong, misfit;  // sum of squared relative errors: no number where one of them is none
  int iteration = 0;
  for (;; ++iteration) {
    misfit.setZero();
    for (Index k = 0; k < size; ++k) {
      const double length = cluster.constraints[static_cast<std::size_t>(k)].distance;
      const Pack* const r = now + 3 * k;
      const Pack excess = r[0] * r[0] + r[1] * r[1] + r[2] * r[2] - length * length;
      misfit += (excess * (1 / (length * length))).square();
      multipliers[k] = -0.5 * excess;
    }
    wrong = wrong_lanes(misfit);
    if (wrong.sum() == 0 || iteration == most_iterations) break;
    solve<N>(cluster, multipliers);
    for (Index l = 0; l < size; ++l) {
      multipliers[l] *= wrong;
      total[l] += multipliers[l];
      for (Index d = 0; d < 3; ++d) {
        const Pack along = multipliers[l] * cluster.bond[static_cast<std::size_t>(3 * l + d)];
        for (Index k = 0; k < size; ++k) now[3 * k + d] += cluster.coupling(k, l) * along;
      }
    }
  }
  if (iteration == 0) return;
  spread<N>(cluster, total, 1, x);
  if (v != nullptr) spread<N>(cluster, total, velocity_per_length, *v);
  if (wrong.sum() == 0) return;
  for (const BondConstraint& constraint : cluster.constraints)
    for (Index d = 0; d < 3; ++d)
      for (const Index atom : {constraint.a, constraint.b})
        x(3 * atom + d) = (misfit <= right).select(x(3 * atom + d), std::numeric_limits<double>::quiet_NaN());
}

void BondConstraints::restore(PackColumn x, const PackColumn* v, double velocity_per_length) const {
  for (const Cluster& cluster : clusters_)
    with_size(cluster, [&](auto n) { restore<n()>(cluster, x, v, velocity_per_length); });
}

}  // namespace liftwell
