// SPDX-License-Identifier: MIT
#include "profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "liftwell/data/quantile.hpp"

namespace liftwell {
namespace detail {

double spread(const Vector& values) {
  double sum = 0, count = 0;
  for (const double value : values)
    if (std::isfinite(value)) sum += value, ++count;
  if (count < 2 || 2 * count < static_cast<double>(values.size())) return std::nan("");
  double squares = 0;
  for (const double value : values)
    if (std::isfinite(value)) squares += (value - sum / count) * (value - sum / count);
  return std::sqrt(squares / (count - 1));
}

double central_spread(const Vector& values) {
  std::vector<double> finite;
  for (const double value : values)
    if (std::isfinite(value)) finite.push_back(value);
  if (finite.size() < 2 || 2 * std::ssize(finite) < values.size()) return std::nan("");
  std::sort(finite.begin(), finite.end());
  return (quantile(finite, 0.8413) - quantile(finite, 0.1587)) / 2;
}

}  // namespace detail

namespace {

constexpr double few = 20;

/// ψ'(x), the variance of the logarithm of a Gamma variate of shape x.
double trigamma(double x) {
  double out = 0;
  for (; x < 8; ++x) out += 1 / (x * x);
  const double y = 1 / (x * x);
  return out + 1 / x + y / 2 + y / x * (1.0 / 6 - y * (1.0 / 30 - y / 42));
}

/// An error that replicates may not know (NaN), or understate.
double raised_to(double least, double error) { return least > 0 && !(error > least) ? least : error; }

/// Least variance of −ln p that so many independent events leave; 0 where they are many.
double least_variance(double independent) { return independent < few ? trigamma(independent) : 0; }

/// How many of these frames lie in each of the two regions.
struct RegionCounts {
  double of = 0, against = 0;

  RegionCounts(const RegionPair& pair, const CoarseMap& coarse, const Matrix& values) {
    const double period = coarse.period(pair.variable);
    for (const double value : values.col(pair.variable)) {
      of += inside(value, pair.of_low, pair.of_high, period);
      against += inside(value, pair.against_low, pair.against_high, period);
    }
  }
};

/// Why the difference cannot be told although frames lie in both of its regions: "" when it can. A set of left-out
/// frames belongs to a region that holds at least a tenth of it, or of which it is at least a tenth; how much of the
/// region's weight is where that set was, nothing tells.
std::string left_out_of(const RegionPair& pair, const CoarseMap& coarse, const SampledFrames& frames) {
  constexpr double share = 0.1;
  if (frames.left_out.empty()) return "";
  const RegionCounts all(pair, coarse, frames.coarse);
  std::vector<std::string> names;
  for (const LeftOutFrames& lost : frames.left_out) {
    const RegionCounts own(pair, coarse, lost.coarse);
    const auto belongs = [&](double in_region, double of_region) {
      return in_region > 0 && in_region >= share * std::min(static_cast<double>(lost.coarse.rows()), of_region);
    };
    if (belongs(own.of, all.of) || belongs(own.against, all.against)) names.push_back(lost.name);
  }
  if (names.empty()) return "";
  return "not answered, because what was left out lies in its regions: " + detail::listed(names);
}

}  // namespace

ProfileSums::ProfileSums(const SampledFrames& frames, const EstimationRequest& request)
    : cells_(request.grid.cells()), regions_(2 * static_cast<Index>(request.differences.size())) {
  cell_.reserve(frames.state.size());
  member_.assign(frames.state.size() * static_cast<std::size_t>(regions_), 0);
  for (Index n = 0; n < frames.size(); ++n) {
    cell_.push_back(request.grid.cell(frames.coarse.row(n).data()).value_or(-1));
    for (std::size_t r = 0; r < request.differences.size(); ++r) {
      const RegionPair& pair = request.differences[r];
      const double value = frames.coarse(n, pair.variable);
      const double period = request.coarse.period(pair.variable);
      const auto first = static_cast<std::size_t>(n * regions_) + 2 * r;
      member_[first] = inside(value, pair.of_low, pair.of_high, period);
      member_[first + 1] = inside(value, pair.against_low, pair.against_high, period);
    }
  }
}

Vector ProfileSums::weighed(const Vector& sample_weights) const {
  Vector sums = Vector::Zero(size());
  for (Index n = 0; n < sample_weights.size(); ++n) for_each_row(n, [&](Index row) { sums[row] += sample_weights[n]; });
  return sums;
}

Vector independent_counts(const ProfileSums& layout, const SampledFrames& frames, const Vector& sample_weights) {
  constexpr double away = 4;  // mean visits; sooner back is not gone
  const Vector sums = layout.weighed(sample_weights);
  const auto for_each = [&](const auto& visit) {  // (first sample of the walker, sample, row)
    for (const SampledWalker& walker : frames.walkers)
      for (Index n = walker.first; n < walker.first + walker.count; ++n)
        layout.for_each_row(n, [&](Index row) { visit(walker.first, n, row); });
  };
  std::vector<Index> last(static_cast<std::size_t>(layout.size()), -1);
  const auto gap = [&](Index first, Index n, Index row) {  // since the walker was there; 0 where it never was
    const Index before = std::exchange(last[static_cast<std::size_t>(row)], n);
    return before < first ? Index{0} : n - before;
  };
  Vector samples = Vector::Zero(layout.size()), stays = samples;
  for_each([&](Index first, Index n, Index row) {
    samples[row] += 1;
    stays[row] += gap(first, n, row) == 1 ? 0 : 1;
  });
  std::fill(last.begin(), last.end(), -1);
  Vector frame_squares = Vector::Zero(layout.size()), visit_squares = frame_squares, visit = frame_squares;
  for_each([&](Index first, Index n, Index row) {
    const double w = sample_weights[n];
    const auto state = static_cast<std::size_t>(frames.state[static_cast<std::size_t>(n)]);
    frame_squares[row] += w * w / frames.states[state].independence;
    const Index since = gap(first, n, row);
    if (since == 0 || static_cast<double>(since) > away * samples[row] / stays[row]) {
      visit_squares[row] += visit[row] * visit[row];
      visit[row] = 0;
    }
    visit[row] += w;
  });
  visit_squares.array() += visit.array().square();
  Vector out = Vector::Zero(layout.size());
  for (Index row = 0; row < out.size(); ++row)
    if (sums[row] > 0)
      out[row] =
          std::max({1.0, sums[row] / frame_squares[row] * sums[row], sums[row] / visit_squares[row] * sums[row]});
  return out;
}

FloatMatrix bootstrap_weights(const SampledFrames& frames, Index replicates, const RandomStream& stream) {
  const auto blocks = static_cast<Index>(frames.block_state.size());
  const std::vector<std::vector<Index>> members = blocks_by_state(frames);
  FloatMatrix weights = FloatMatrix::Zero(blocks, replicates);
  for (Index r = 0; r < replicates; ++r) {
    RandomSequence random(stream, static_cast<std::uint32_t>(r));
    for (const auto& own : members) {
      const std::size_t count = own.size();
      const auto counts = static_cast<float>(frames.weight_of_block(own[0]));
      if (count == 1) {
        weights(own[0], r) = counts;
        continue;
      }
      const auto weight = counts * static_cast<float>(count) / static_cast<float>(count - 1);
      for (std::size_t draw = 0; draw + 1 < count; ++draw) weights(own[random.below(count)], r) += weight;
    }
  }
  return weights;
}

void note_failures(SampledFrames& frames, Index failed, Index replicates) {
  if (failed > 0)
    frames.notes.push_back(
        fmt::format("{} of {} bootstrap replicates had no solution and were left out", failed, replicates));
}

FreeEnergy make_profile(const EstimationRequest& request, std::string estimator, const ProfileSums& layout,
                        const Vector& sums, const Matrix& replicates, const SampledFrames& frames,
                        const Vector& independent) {
  const double kT = request.thermal_energy;
  const Index cells = layout.cells();
  FreeEnergy out;
  out.estimator = std::move(estimator);
  out.coarse = request.coarse.names();
  out.points = request.grid.centres();
  out.thermal_energy = kT;
  out.notes = frames.notes;
  out.tables = frames.tables;

  const Vector p = sums.head(cells);
  const Vector least_error = kT * (independent.size() > 0 ? independent.unaryExpr(&least_variance).cwiseSqrt().eval()
                                                          : Vector::Zero(layout.size()).eval());
  Vector known = (least_error.head(cells).array() == 0).select(p, 0);
  if (!(known.maxCoeff() > 0)) known = p;
  Index lowest = 0;
  const double highest = p.maxCoeff(&lowest);
  const Matrix shift = -kT * (replicates.topRows(cells).array().colwise() / p.array()).log().matrix();
  out.values = Vector::Constant(cells, std::nan(""));
  out.standard_errors = out.values;
  Vector offset = Vector::Zero(replicates.cols());
  for (Index r = 0; r < replicates.cols(); ++r) {
    double weight = 0;
    for (Index i = 0; i < cells; ++i)
      if (known[i] > 0 && std::isfinite(shift(i, r))) {
        offset[r] += known[i] * shift(i, r);
        weight += known[i];
      }
    if (weight > 0) offset[r] /= weight;
  }
  for (Index i = 0; i < cells; ++i)
    if (p[i] > 0) {
      out.values[i] = -kT * std::log(p[i] / highest);
      out.standard_errors[i] = raised_to(least_error[i], detail::spread(shift.row(i).transpose() - offset));
    }
  if (known[lowest] == 0)
    out.notes.push_back(
        fmt::format("F is 0 at a bin of fewer than {} independent visits, so that all other bins may lie too high by "
                    "its error of {:.2g}",
                    few, out.standard_errors[lowest]));

  for (std::size_t r = 0; r < request.differences.size(); ++r) {
    const Index of = cells + 2 * static_cast<Index>(r);
    FreeEnergyDifference difference{.name = request.differences[r].name};
    difference.value = -kT * std::log(sums[of] / sums[of + 1]);
    difference.standard_error =
        detail::spread(-kT * (replicates.row(of).array() / replicates.row(of + 1).array()).log().matrix().transpose());
    difference.standard_error = raised_to(std::hypot(least_error[of], least_error[of + 1]), difference.standard_error);
    const std::string lost = left_out_of(request.differences[r], request.coarse, frames);
    const bool visited = std::isfinite(difference.value);
    if (!lost.empty() || !visited) {
      difference.value = difference.standard_error = std::nan("");
      const RegionCounts seen(request.differences[r], request.coarse, frames.coarse);
      const bool somewhere = seen.of > 0 && seen.against > 0;
      out.notes.push_back("difference '" + difference.name + "': " +
                          (!lost.empty() ? lost
                           : somewhere   ? "not answered, because too many frames in one of its regions were left out"
                                         : "one of its regions was never visited"));
    }
    out.differences.push_back(std::move(difference));
  }
  return out;
}

}  // namespace liftwell
