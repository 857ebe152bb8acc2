// SPDX-License-Identifier: MIT
#include "discrete_tram.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

/// f along the tree of most frequent transitions, where detailed balance of the counts alone gives
/// f_j + b_j − f_i − b_i = ln p_ji − ln p_ij.
Vector first_free_energies(const CellModel& model, const SaddleTerms& terms) {
  struct Edge {
    double count;
    Index to;
    double rise;
    bool operator<(const Edge& other) const { return count < other.count; }
  };
  std::vector<std::vector<Edge>> edges(static_cast<std::size_t>(model.cells()));
  for (std::size_t t = 0; t < terms.size(); ++t) {
    const StateTransitions& own = model.transitions()[t];
    const CountTerm& term = static_cast<const CountTerm&>(*terms[t]);
    std::vector<double> up(own.pairs.size(), 0), down(own.pairs.size(), 0);  // i to j, j to i
    for (const auto& entry : own.entries) {
      const auto at = static_cast<std::size_t>(entry.pair);
      (entry.from == own.pairs[at].i ? up : down)[at] += entry.count;
    }
    for (std::size_t p = 0; p < own.pairs.size(); ++p) {
      const auto [i, j, unused] = own.pairs[p];
      if (i == j) continue;
      const CellNode& a = model.nodes()[static_cast<std::size_t>(own.nodes[static_cast<std::size_t>(i)])];
      const CellNode& b = model.nodes()[static_cast<std::size_t>(own.nodes[static_cast<std::size_t>(j)])];
      const double rise =
          std::log((down[p] + 0.5) / term.totals[j]) - std::log((up[p] + 0.5) / term.totals[i]) + a.bias - b.bias;
      edges[static_cast<std::size_t>(a.cell)].push_back({up[p] + down[p], b.cell, rise});
      edges[static_cast<std::size_t>(b.cell)].push_back({up[p] + down[p], a.cell, -rise});
    }
  }
  Vector f = Vector::Zero(model.cells());
  std::vector<char> reached(static_cast<std::size_t>(model.cells()), 0);
  std::priority_queue<Edge> open;
  open.push({0, 0, 0});
  while (!open.empty()) {
    const Edge edge = open.top();
    open.pop();
    const auto at = static_cast<std::size_t>(edge.to);
    if (reached[at] != 0) continue;
    reached[at] = 1;
    f[edge.to] = edge.rise;
    for (const Edge& next : edges[at]) open.push({next.count, next.to, edge.rise + next.rise});
  }
  return f;
}

/// π_i, relative to the largest, shared by the weighed frames of each cell.
Vector share_among_samples(const CellModel& model, const Vector& f, const Vector& block_weights) {
  Vector out = Vector::Zero(model.frames().size());
  const double lowest = f.minCoeff();
  for (Index cell = 0; cell < model.cells(); ++cell) {
    double held = 0;
    for (const Index n : model.samples(cell)) held += model.weight(n, block_weights);
    const double each = std::exp(lowest - f[cell]) / held;
    for (const Index n : model.samples(cell)) out[n] = each;
  }
  return out;
}

}  // namespace

DiscreteSolution solve_discrete(const CellModel& model, const Vector& block_weights, double tolerance, int most,
                                const Executor& executor, const DiscreteSolution* start, const Vector* bias) {
  SaddleTerms terms;
  for (const StateTransitions& own : model.transitions()) {
    auto term = own.term(block_weights);
    for (std::size_t i = 0; i < own.nodes.size(); ++i) {
      const CellNode& node = model.nodes()[static_cast<std::size_t>(own.nodes[i])];
      term->unknowns.push_back(node.cell);
      term->shift[static_cast<Index>(i)] = bias != nullptr ? (*bias)[own.nodes[i]] : node.bias;
    }
    if (start != nullptr)
      term->log_multipliers.array() += start->log_v[terms.size()].array() - start->totals[terms.size()].array().log();
    terms.push_back(std::move(term));
  }
  DiscreteSolution out;
  if (model.cells() > 1) {
    out.f = start != nullptr ? start->f : first_free_energies(model, terms);
    out.outcome = solve_saddle(terms, out.f, tolerance, most, executor);
  } else {
    out.f = Vector::Zero(1);
    out.outcome.converged = true;
  }
  for (const auto& term : terms) {
    out.log_v.push_back(term->log_multipliers);
    out.totals.push_back(term->totals);
  }
  out.sample_weights = share_among_samples(model, out.f, block_weights);
  return out;
}

Vector implied_timescales(const CellModel& model, const DiscreteSolution& solution, std::size_t own,
                          const Vector& block_weights, double lag, Index most) {
  // sqrt(π_i/π_j) p_ij = (c_ij + c_ji) exp((g_i + g_j)/2) / (exp(g_i) v_i + exp(g_j) v_j), g_i = f_i + b_i.
  const StateTransitions& transitions = model.transitions()[own];
  const auto term = transitions.term(block_weights);
  const auto size = static_cast<Index>(transitions.nodes.size());
  Vector g(size);
  for (Index i = 0; i < size; ++i) {
    const CellNode& node = model.nodes()[static_cast<std::size_t>(transitions.nodes[static_cast<std::size_t>(i)])];
    g[i] = solution.f[node.cell] + node.bias;
  }
  const Vector& log_v = solution.log_v[own];
  Matrix symmetric = Matrix::Zero(size, size);
  for (const PairCount& pair : term->pairs) {
    const double half = (g[pair.j] - g[pair.i]) / 2;
    if (pair.i == pair.j)
      symmetric(pair.i, pair.i) = pair.count / std::exp(log_v[pair.i]);
    else
      symmetric(pair.i, pair.j) = symmetric(pair.j, pair.i) =
          pair.count / (std::exp(log_v[pair.i] - half) + std::exp(log_v[pair.j] + half));
  }
  const Vector values = symmetric_eigen(symmetric).values;
  Vector out = Vector::Constant(most, std::nan(""));
  for (Index m = 0; m < std::min(most, size - 1); ++m) {
    const double value = values[size - 2 - m];
    if (value > 1 - 1e-12)
      out[m] = std::numeric_limits<double>::infinity();
    else
      out[m] = value > 0 ? -lag / std::log(value) : 0;
  }
  return out;
}

double least_timescale(const CellModel& model, std::size_t own, double lag, Index lag_frames) {
  const StateTransitions& transitions = model.transitions()[own];
  double counts = 0;
  for (const auto& entry : transitions.entries) counts += entry.count;
  const double independent = counts / static_cast<double>(lag_frames);
  const double noise = std::sqrt(2 * static_cast<double>(transitions.nodes.size()) / independent);
  return noise < 1 ? -lag / std::log(noise) : std::numeric_limits<double>::infinity();
}

}  // namespace liftwell
