// SPDX-License-Identifier: MIT
#include "tram_equations.hpp"

#include <algorithm>
#include <cmath>

#include "bias_energies.hpp"

namespace liftwell {

TramEquations::TramEquations(const CellModel& model, const DiscreteSolution& start, const Executor& executor)
    : model_(model), discrete_(start), cells_(static_cast<std::size_t>(model.cells())) {
  first_f_.resize(static_cast<Index>(model.nodes().size()));
  for (Index node = 0; node < first_f_.size(); ++node) {
    const CellNode& it = model.nodes()[static_cast<std::size_t>(node)];
    first_f_[node] = start.f[it.cell] + it.bias;
  }
  const SampledFrames& frames = model.frames();
  executor.for_each(model.cells(), [&](Index cell) {
    constexpr Index tile = 512;
    CellSamples& own = cells_[static_cast<std::size_t>(cell)];
    const auto& nodes = model.nodes_of(cell);
    const auto& samples = model.samples(cell);
    const auto count = static_cast<Index>(samples.size()), states = static_cast<Index>(nodes.size());
    std::vector<Index> local_of(frames.states.size(), -1);
    own.origin.resize(states);
    for (Index k = 0; k < states; ++k) {
      const Index node = nodes[static_cast<std::size_t>(k)];
      local_of[static_cast<std::size_t>(model.nodes()[static_cast<std::size_t>(node)].state)] = k;
      own.origin[k] = first_f_[node];
    }
    Vector held = Vector::Zero(states);
    for (const Index n : samples) {
      own.local.push_back(local_of[static_cast<std::size_t>(frames.state[static_cast<std::size_t>(n)])]);
      held[own.local.back()] += 1;
    }
    own.origin.array() += held.array().log();
    auto boltzmann = std::make_shared<FloatMatrix>(count, states);
    auto log_scale = std::make_shared<Vector>(count);
    for (Index first = 0; first < count; first += tile) {
      const std::vector<Index> rows(samples.begin() + first, samples.begin() + std::min(count, first + tile));
      Matrix all, u(static_cast<Index>(rows.size()), states);
      reduced_energies(frames, frames.bias_coarse, model.thermal_energy(), rows, all);
      for (Index k = 0; k < states; ++k)
        u.col(k) = all.col(model.nodes()[static_cast<std::size_t>(nodes[static_cast<std::size_t>(k)])].state);
      scaled_boltzmann(u, own.origin, first, *boltzmann, *log_scale);
    }
    own.boltzmann = std::move(boltzmann);
    own.log_scale = std::move(log_scale);
  });
}

TramSolution TramEquations::solve(const Vector& block_weights, double tolerance, int most, const Executor& executor,
                                  const TramSolution* start) const {
  SaddleTerms terms;
  for (const StateTransitions& own : model_.transitions()) {
    auto term = own.term(block_weights);
    term->unknowns = own.nodes;
    const auto& log_v = start != nullptr ? start->log_v : discrete_.log_v;
    const auto& totals = start != nullptr ? start->totals : discrete_.totals;
    term->log_multipliers.array() += log_v[terms.size()].array() - totals[terms.size()].array().log();
    terms.push_back(std::move(term));
  }
  for (Index cell = 0; cell < model_.cells(); ++cell) {
    const CellSamples& own = cells_[static_cast<std::size_t>(cell)];
    auto term = std::make_unique<SampleTerm>();
    term->unknowns = model_.nodes_of(cell);
    term->boltzmann = own.boltzmann;
    term->log_scale = own.log_scale;
    term->origin = own.origin;
    term->shift = Vector::Zero(own.origin.size());
    term->totals = term->shift;
    term->weights.resize(own.boltzmann->rows());
    for (Index i = 0; i < term->weights.size(); ++i) {
      term->weights[i] = model_.weight(model_.samples(cell)[static_cast<std::size_t>(i)], block_weights);
      term->totals[own.local[static_cast<std::size_t>(i)]] += term->weights[i];
    }
    term->log_multipliers = term->totals.array().log();
    if (start != nullptr)
      term->log_multipliers.array() += start->log_v[terms.size()].array() - start->totals[terms.size()].array().log();
    terms.push_back(std::move(term));
  }

  TramSolution out;
  out.f = start != nullptr ? start->f : first_f_;
  out.outcome = solve_saddle(terms, out.f, tolerance, most, executor);
  Vector log_weights = Vector::Zero(model_.frames().size());
  double largest = -std::numeric_limits<double>::infinity();
  const auto states = model_.transitions().size();
  for (std::size_t t = 0; t < terms.size(); ++t) {
    out.log_v.push_back(terms[t]->log_multipliers);
    out.totals.push_back(terms[t]->totals);
    if (t < states) continue;
    Vector s = terms[t]->log_multipliers;
    for (Index k = 0; k < s.size(); ++k) s[k] += out.f[terms[t]->unknowns[static_cast<std::size_t>(k)]];
    const Vector sums = static_cast<const SampleTerm&>(*terms[t]).log_sums(s);
    const auto& samples = model_.samples(static_cast<Index>(t - states));
    for (Index i = 0; i < sums.size(); ++i) log_weights[samples[static_cast<std::size_t>(i)]] = -sums[i];
    largest = std::max(largest, -sums.minCoeff());
  }
  out.sample_weights = (log_weights.array() - largest).exp();
  return out;
}

}  // namespace liftwell
