// SPDX-License-Identifier: MIT
#include "tiled_score_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "liftwell/base/error.hpp"

namespace liftwell {

DistinctRows distinct_rows(const Matrix& rows) {
  DistinctRows out;
  std::vector<Index> first;
  for (Index i = 0; i < rows.rows(); ++i) {
    std::size_t found = 0;
    while (found < first.size() && rows.row(first[found]) != rows.row(i)) ++found;
    if (found == first.size()) first.push_back(i);
    out.of.push_back(static_cast<Index>(found));
  }
  out.rows = rows(first, Eigen::all);
  return out;
}

/// Calls work(tile, first row) for every tile of labels; it returns score evaluations per sample.
template <class Work>
void TiledScoreModel::by_tiles(const Matrix& labels, const Executor& executor, std::int64_t& score_evaluations,
                               const Work& work) const {
  if (labels.cols() != static_cast<Index>(coarse().size()))
    throw InputError(fmt::format("a score model conditioned on {} was asked for labels of {} numbers; give {}",
                                 fmt::join(coarse(), ", "), labels.cols(), coarse().size()));
  if (!labels.allFinite()) throw InputError("a score model was asked for a label that is not finite");
  const Index tiles = (labels.rows() + tile_ - 1) / tile_;
  std::vector<std::int64_t> evaluations(static_cast<std::size_t>(tiles), 0);
  executor.for_each(tiles, [&](Index index) {
    const Index first = index * tile_;
    const Index rows = std::min(tile_, labels.rows() - first);
    const auto tile = bind(labels.middleRows(first, rows));
    evaluations[static_cast<std::size_t>(index)] = rows * work(*tile, first, rows);
  });
  for (const std::int64_t count : evaluations) score_evaluations += count;
}

Matrix TiledScoreModel::draw(const Sampler& sampler, const Matrix& labels, const RandomStream& stream,
                             std::uint32_t first_sample, const Executor& executor,
                             std::int64_t& score_evaluations) const {
  Matrix states(labels.rows(), dimension());
  by_tiles(labels, executor, score_evaluations, [&](const BoundTile& tile, Index first, Index rows) {
    Matrix x(rows, tile.generated());
    const auto cost = sampler.draw(tile, *noise_, stream, first_sample + static_cast<std::uint32_t>(first), x);
    states.middleRows(first, rows) = tile.states_of(x / noise_->alpha(noise_->first_time()));
    return cost;
  });
  return states;
}

WeighedDraws TiledScoreModel::draw_with_density(const OdeSampler& method, const Matrix& labels,
                                                const RandomStream& stream, std::uint32_t first_sample,
                                                const Divergence& divergence, const Executor& executor,
                                                std::int64_t& score_evaluations) const {
  WeighedDraws out{Matrix(labels.rows(), dimension()), {Vector(labels.rows()), Vector::Zero(labels.rows())}};
  by_tiles(labels, executor, score_evaluations, [&](const BoundTile& tile, Index first, Index rows) {
    const std::uint32_t lane = first_sample + static_cast<std::uint32_t>(first);
    const ProbabilityFlow flow(tile, *noise_, tile.generated(), divergence, lane, rows);
    Matrix y(rows, tile.generated());
    const LogDensity standard = liftwell::draw_with_density(method, flow, stream, lane, y);
    out.states.middleRows(first, rows) = tile.states_of(y);
    out.log_density.value.segment(first, rows) = standard.value - tile.log_volume();
    out.log_density.standard_error.segment(first, rows) = standard.standard_error;
    return flow.evaluations();
  });
  return out;
}

LogDensity TiledScoreModel::log_density(const OdeSampler& method, const Matrix& states, const Matrix& labels,
                                        const Divergence& divergence, std::uint32_t first_sample,
                                        const Executor& executor, std::int64_t& score_evaluations) const {
  ensure(states.rows() == labels.rows() && states.cols() == dimension(), "states and labels do not fit together");
  LogDensity out{Vector(labels.rows()), Vector::Zero(labels.rows())};
  by_tiles(labels, executor, score_evaluations, [&](const BoundTile& tile, Index first, Index rows) {
    const Matrix y = tile.standardised(states.middleRows(first, rows));
    const ProbabilityFlow flow(tile, *noise_, y.cols(), divergence, first_sample + static_cast<std::uint32_t>(first),
                               y.rows());
    const LogDensity standard = liftwell::log_density(method, flow, y);
    out.value.segment(first, rows) = standard.value - tile.log_volume();
    out.standard_error.segment(first, rows) = standard.standard_error;
    return flow.evaluations();
  });
  return out;
}

}  // namespace liftwell
