// SPDX-License-Identifier: MIT
#include "cell_model.hpp"

#include <algorithm>
#include <cmath>

#include "bias_energies.hpp"

namespace liftwell {

std::unique_ptr<CountTerm> StateTransitions::term(const Vector& block_weights) const {
  auto out = std::make_unique<CountTerm>();
  out->pairs = pairs;
  for (PairCount& pair : out->pairs) pair.count = pair.i == pair.j ? self_count : 0;
  const auto size = static_cast<Index>(nodes.size());
  out->totals = Vector::Constant(size, self_count);
  out->shift = Vector::Zero(size);
  for (const Entry& entry : entries) {
    const double count = entry.count * block_weights[entry.block];
    out->pairs[static_cast<std::size_t>(entry.pair)].count += count;
    out->totals[entry.from] += count;
  }
  out->log_multipliers = out->totals.array().log();
  return out;
}

CellModel::CellModel(const SampledFrames& frames, const Cells& cells, const Connectivity& connectivity,
                     double thermal_energy, Index set)
    : frames_(frames), thermal_energy_(thermal_energy) {
  std::vector<Index> number(static_cast<std::size_t>(cells.count), -1);
  for (std::size_t cell = 0; cell < number.size(); ++cell)
    if (connectivity.set[cell] == set) {
      number[cell] = static_cast<Index>(samples_.size());
      samples_.emplace_back();
    }
  nodes_of_.resize(samples_.size());
  std::map<std::pair<Index, Index>, Index> node_of;
  for (Index n = 0; n < frames.size(); ++n) {
    const auto at = static_cast<std::size_t>(n);
    const Index cell = number[static_cast<std::size_t>(cells.of[at])];
    if (cell < 0) continue;
    samples_[static_cast<std::size_t>(cell)].push_back(n);
    const auto [found, added] = node_of.try_emplace({frames.state[at], cell}, static_cast<Index>(nodes_.size()));
    if (!added) continue;
    nodes_.push_back({frames.state[at], cell});
    nodes_of_[static_cast<std::size_t>(cell)].push_back(found->second);
  }

  std::map<std::pair<Index, Index>, Index> pair_of;
  std::map<Index, Index> local_of;
  for (const Transition& t : connectivity.there_and_back) {
    const Index from = number[static_cast<std::size_t>(t.from)], to = number[static_cast<std::size_t>(t.to)];
    if (from < 0) continue;
    if (transitions_.empty() || transitions_.back().state != t.state) {
      transitions_.push_back({t.state});
      pair_of.clear();
      local_of.clear();
    }
    StateTransitions& own = transitions_.back();
    const auto local = [&](Index cell) {
      const Index node = node_of.at({t.state, cell});
      const auto [found, added] = local_of.try_emplace(node, static_cast<Index>(own.nodes.size()));
      if (added) {
        own.nodes.push_back(node);
        pair_of[{found->second, found->second}] = static_cast<Index>(own.pairs.size());
        own.pairs.push_back({found->second, found->second, 0});
      }
      return found->second;
    };
    const Index i = local(from), j = local(to);
    const auto [found, added] =
        pair_of.try_emplace({std::min(i, j), std::max(i, j)}, static_cast<Index>(own.pairs.size()));
    if (added) own.pairs.push_back({std::min(i, j), std::max(i, j), 0});
    own.entries.push_back({found->second, i, t.block, t.count});
  }
  find_biases();
}

void CellModel::find_biases() {
  constexpr Index most = 256;  // frames of a cell to average over
  if (frames_.biases.empty()) return;
  for (Index cell = 0; cell < cells(); ++cell) {
    const auto& own = samples(cell);
    const auto count = static_cast<Index>(own.size()), taken = std::min(count, most);
    std::vector<Index> rows;
    for (Index i = 0; i < taken; ++i) rows.push_back(own[static_cast<std::size_t>(i * count / taken)]);
    Matrix u;
    reduced_energies(frames_, frames_.bias_coarse, thermal_energy_, rows, u);
    for (const Index node : nodes_of(cell)) {
      CellNode& it = nodes_[static_cast<std::size_t>(node)];
      const auto energies = u.col(it.state).array();
      const double lowest = energies.minCoeff();
      it.bias = lowest - std::log((lowest - energies).exp().mean());
    }
  }
}

std::vector<char> unanswered_rows(const SampledFrames& frames, const Cells& cells, const Connectivity& connectivity,
                                  const ProfileSums& layout, Index set) {
  constexpr double of_bin = 0.05, of_region = 0.1;
  Vector lost = Vector::Zero(layout.size()), all = lost;
  for (Index n = 0; n < frames.size(); ++n) {
    const Index cell = cells.of[static_cast<std::size_t>(n)];
    const bool out = connectivity.set[static_cast<std::size_t>(cell)] != set;
    layout.for_each_row(n, [&](Index row) {
      all[row] += 1;
      lost[row] += out;
    });
  }
  std::vector<char> unanswered(static_cast<std::size_t>(layout.size()), 0);
  for (Index row = 0; row < layout.size(); ++row)
    unanswered[static_cast<std::size_t>(row)] =
        all[row] > 0 && lost[row] >= (row < layout.cells() ? of_bin : of_region) * all[row];
  return unanswered;
}

Vector weighed_sums(const CellModel& model, const ProfileSums& layout, const Vector& sample_weights,
                    const Vector& block_weights) {
  Vector sums = Vector::Zero(layout.size());
  for (Index cell = 0; cell < model.cells(); ++cell)
    for (const Index n : model.samples(cell)) {
      const double weight = sample_weights[n] * model.weight(n, block_weights);
      layout.for_each_row(n, [&](Index row) { sums[row] += weight; });
    }
  return sums;
}

}  // namespace liftwell
