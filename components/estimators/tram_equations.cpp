// SPDX-License-Identifier: MIT
#include "tram_equations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bias_energies.hpp"

namespace liftwell {
namespace {

constexpr Index tile = 256;  // samples at a time: what is in double precision stays in cache

}  // namespace

TramEquations::TramEquations(const CellModel& model, const Executor& executor)
    : model_(model), cells_(static_cast<std::size_t>(model.cells())) {
  const SampledFrames& frames = model.frames();
  executor.for_each(model.cells(), [&](Index cell) {
    CellSamples& own = cells_[static_cast<std::size_t>(cell)];
    const auto& nodes = model.nodes_of(cell);
    const auto& samples = model.samples(cell);
    const auto count = static_cast<Index>(samples.size()), states = static_cast<Index>(nodes.size());
    std::vector<Index> local_of(frames.states.size(), -1);
    own.origin.resize(states);
    for (Index k = 0; k < states; ++k) {
      const CellNode& node = model.nodes()[static_cast<std::size_t>(nodes[static_cast<std::size_t>(k)])];
      local_of[static_cast<std::size_t>(node.state)] = k;
      own.origin[k] = node.bias;
    }
    Vector held = Vector::Zero(states);
    for (const Index n : samples) {
      own.local.push_back(local_of[static_cast<std::size_t>(frames.state[static_cast<std::size_t>(n)])]);
      held[own.local.back()] += 1;
    }
    own.origin.array() += held.array().log();
    own.boltzmann.resize(count, states);
    own.log_scale.resize(count);
    for (Index first = 0; first < count; first += tile) {
      const std::vector<Index> rows(samples.begin() + first, samples.begin() + std::min(count, first + tile));
      Matrix all, u(static_cast<Index>(rows.size()), states);
      reduced_energies(frames, frames.bias_coarse, model.thermal_energy(), rows, all);
      for (Index k = 0; k < states; ++k)
        u.col(k) = all.col(model.nodes()[static_cast<std::size_t>(nodes[static_cast<std::size_t>(k)])].state);
      scaled_boltzmann(u, own.origin, first, own.boltzmann, own.log_scale);
    }
  });
}

/// R of every node.
Vector TramEquations::effective_counts(const DiscreteSolution& discrete, const Vector& block_weights) const {
  Vector out = Vector::Zero(static_cast<Index>(model_.nodes().size()));
  for (std::size_t t = 0; t < model_.transitions().size(); ++t) {
    const auto& nodes = model_.transitions()[t].nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      out[nodes[i]] += discrete.totals[t][static_cast<Index>(i)] - std::exp(discrete.log_v[t][static_cast<Index>(i)]);
  }
  for (Index cell = 0; cell < model_.cells(); ++cell) {
    const CellSamples& own = cells_[static_cast<std::size_t>(cell)];
    const auto& nodes = model_.nodes_of(cell);
    for (std::size_t i = 0; i < own.local.size(); ++i)
      out[nodes[static_cast<std::size_t>(own.local[i])]] += model_.weight(model_.samples(cell)[i], block_weights);
  }
  return out.cwiseMax(std::numeric_limits<double>::min());
}

/// Solves the second equation in one cell: b^k = −ln ⟨exp(−u_k)⟩ over its frames, weighed to no bias by b itself.
void TramEquations::average_biases(Index cell, const Vector& counts, const Vector& block_weights, double tolerance,
                                   Vector& bias) const {
  constexpr int most = 200;
  const CellSamples& own = cells_[static_cast<std::size_t>(cell)];
  const auto& nodes = model_.nodes_of(cell);
  const auto& samples = model_.samples(cell);
  const Index states = own.origin.size();
  Vector b(states), r(states);
  for (Index k = 0; k < states; ++k) {
    b[k] = bias[nodes[static_cast<std::size_t>(k)]];
    r[k] = counts[nodes[static_cast<std::size_t>(k)]];
  }
  const double scale = own.log_scale.maxCoeff();
  Matrix p;
  for (int round = 0; round < most; ++round) {
    const Vector factors = r.array() * (b - own.origin).array().exp();
    Vector numerator = Vector::Zero(states);
    double denominator = 0;
    for (Index first = 0; first < own.boltzmann.rows(); first += tile) {
      const Index count = std::min(tile, own.boltzmann.rows() - first);
      p = own.boltzmann.middleRows(first, count).cast<double>();
      Vector weights = (p * factors).cwiseInverse();
      for (Index n = 0; n < count; ++n)
        weights[n] *= model_.weight(samples[static_cast<std::size_t>(first + n)], block_weights);
      numerator.noalias() += p.transpose() * weights;
      denominator += (weights.array() * (scale - own.log_scale.segment(first, count).array()).exp()).sum();
    }
    const Vector next = own.origin.array() + std::log(denominator) - scale - numerator.array().log();
    const double change = (next - b).cwiseAbs().maxCoeff();
    b = next;
    if (change < tolerance) break;
  }
  for (Index k = 0; k < states; ++k) bias[nodes[static_cast<std::size_t>(k)]] = b[k];
}

/// 1 / Σ_l R^l_i exp(f^l_i − u_l(n)), the largest one 1.
Vector TramEquations::weigh_samples(const TramSolution& solution, const Vector& counts) const {
  Vector out = Vector::Constant(model_.frames().size(), -std::numeric_limits<double>::infinity());
  for (Index cell = 0; cell < model_.cells(); ++cell) {
    const CellSamples& own = cells_[static_cast<std::size_t>(cell)];
    const auto& nodes = model_.nodes_of(cell);
    Vector factors(own.origin.size());
    for (Index k = 0; k < factors.size(); ++k) {
      const Index node = nodes[static_cast<std::size_t>(k)];
      factors[k] = counts[node] * std::exp(solution.bias[node] - own.origin[k]);
    }
    for (Index n = 0; n < own.boltzmann.rows(); ++n)
      out[model_.samples(cell)[static_cast<std::size_t>(n)]] =
          -std::log(own.boltzmann.row(n).cast<double>().dot(factors)) - own.log_scale[n] - solution.discrete.f[cell];
  }
  return (out.array() - out.maxCoeff()).exp();
}

TramSolution TramEquations::solve(const Vector& block_weights, double tolerance, int most, const Executor& executor,
                                  const TramSolution* start) const {
  TramSolution out;
  if (start != nullptr) {
    out = *start;
    out.outcome = {};
  } else {
    out.bias.resize(static_cast<Index>(model_.nodes().size()));
    for (Index node = 0; node < out.bias.size(); ++node)
      out.bias[node] = model_.nodes()[static_cast<std::size_t>(node)].bias;
  }
  Vector counts;
  double change = 1, share = 1;
  for (out.outcome.steps = 1; out.outcome.steps <= most; ++out.outcome.steps) {
    const double within = std::clamp(change / 100, tolerance / 10, 1e-2), before = change;
    const Vector f = out.discrete.f, bias = out.bias;
    const bool first = f.size() == 0;
    out.discrete =
        solve_discrete(model_, block_weights, within, most, executor, first ? nullptr : &out.discrete, &out.bias);
    counts = effective_counts(out.discrete, block_weights);
    executor.for_each(model_.cells(),
                      [&](Index cell) { average_biases(cell, counts, block_weights, within, out.bias); });
    const Vector step = out.bias - bias;
    change = step.cwiseAbs().maxCoeff();
    if (!first) change = std::max(change, (out.discrete.f - f).cwiseAbs().maxCoeff());
    out.outcome.last_change = change;
    if (!out.discrete.outcome.converged) break;
    if (change < tolerance) {
      out.outcome.converged = true;
      break;
    }
    // Cells with few frames may swing to and fro: then part of the way leads between.
    share = first || change < 0.5 * before ? std::min(1.0, 1.5 * share) : std::max(0.1, 0.6 * share);
    out.bias = bias + share * step;
  }
  out.sample_weights = weigh_samples(out, counts);
  return out;
}

}  // namespace liftwell
