// SPDX-License-Identifier: MIT
#include "two_sample_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

namespace liftwell {
namespace {

const double none = std::nan("");

/// Sample standard deviation of each row.
Vector deviations(const Matrix& values) {
  if (values.cols() < 2) return Vector::Constant(values.rows(), none);
  return ((values.colwise() - values.rowwise().mean()).rowwise().squaredNorm() / static_cast<double>(values.cols() - 1))
      .cwiseSqrt();
}

/// Standard error of the mean of `distances` (parts x repeats) of `drawn` sets of draws with new exact
/// states each, beside `nulls` between equal laws. Where a set serves again, its own error is not in
/// the scatter s² of the repeats. For D = |δ + a − b|² with errors a of the draws and b of the exact
/// states, A = 4 δᵀ Σ δ and t = tr Σ², the variance of D is 2A + 8t (8t between equal laws), at fixed a
/// A + 6t, and that of its mean at fixed a is A + 2t: so the missing part is s² less half of the nulls'.
Vector errors_of_mean(const Matrix& distances, const Matrix& nulls, Index drawn) {
  const auto repeats = static_cast<double>(distances.cols()), sets = static_cast<double>(drawn);
  const Eigen::ArrayXd null = deviations(nulls).array().square();
  if (distances.cols() == 1) return null.sqrt();
  // Never below the error between equal laws: a handful of skewed distances can look alike by chance.
  const Eigen::ArrayXd scatter = deviations(distances).array().square();
  if (drawn == distances.cols()) return (scatter.max(null) / repeats).sqrt();
  const Eigen::ArrayXd seen = scatter * (1 / sets + 1 / repeats) - null / (2 * sets);
  return seen.max(null * (1 / (4 * sets) + 3 / (4 * repeats))).sqrt();
}

/// Part `p` of `parts` disjoint ones of `size` rows, each evenly spread over all rows.
Matrix part(const Matrix& rows, Index p, Index parts, Index size) {
  Matrix out(size, rows.cols());
  for (Index i = 0; i < size; ++i) out.row(i) = rows.row((i * parts + p) * rows.rows() / (parts * size));
  return out;
}

/// As many rows, chosen with replacement.
Matrix resampled_rows(const Matrix& rows, RandomSequence& random) {
  Matrix out(rows.rows(), rows.cols());
  for (Index i = 0; i < out.rows(); ++i)
    out.row(i) = rows.row(static_cast<Index>(random.below(static_cast<std::uint64_t>(rows.rows()))));
  return out;
}

/// Mean over coordinates and targets. Coordinates of one target share their states, so their errors add at most;
/// targets are independent, so the scatter of their means is the error of the whole where there are enough of them.
class MeanOver {
 public:
  void add(std::size_t target, double value, double error) {
    Part& part = parts_[target];
    ++part.count;
    part.sum += value;
    part.error += error;
    ++count_;
    sum_ += value;
  }
  [[nodiscard]] double count() const { return count_; }
  [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / count_ : none; }
  [[nodiscard]] double error() const {
    if (parts_.empty()) return none;
    constexpr std::size_t enough = 5;
    double most = 0, scatter = 0;
    for (const auto& [target, part] : parts_) {
      most += part.error * part.error;
      scatter += std::pow(part.sum - mean() * part.count, 2);
    }
    const auto targets = static_cast<double>(parts_.size());
    if (parts_.size() >= enough) most = std::min(most, scatter * targets / (targets - 1));
    return std::sqrt(most) / count_;
  }

 private:
  struct Part {
    double count = 0, sum = 0, error = 0;
  };
  std::map<std::size_t, Part> parts_;  ///< by target
  double count_ = 0, sum_ = 0;
};

/// P-values of independent targets as one, by Fisher's method: −2 Σ ln p has the χ² law of 2 n degrees of freedom.
/// Permutation p-values take steps, which makes the result larger than exact, never smaller.
class CombinedPValue {
 public:
  void add(double p) {
    half_ -= std::log(p);
    ++count_;
  }
  [[nodiscard]] double value() const {
    if (count_ == 0) return none;
    double term = std::exp(-half_), sum = 0;
    for (int k = 0; k < count_; ++k) {
      sum += term;
      term *= half_ / (k + 1);
    }
    return std::min(1.0, sum);
  }

 private:
  double half_ = 0;  ///< of the statistic
  int count_ = 0;
};

/// What all targets say about one coordinate, or about all where they are compared together.
struct OverTargets {
  MeanOver distance, floor, ratio;
  CombinedPValue p_value;
};

bool varies(const Matrix& states) { return !Standardisation(states, states).coordinates().empty(); }

}  // namespace

Standardisation::Standardisation(const Matrix& truth, const Matrix& scale) {
  const auto moments = [](const Matrix& states) {
    const Eigen::RowVectorXd mean = states.colwise().mean();
    return std::pair<Vector, Vector>{
        mean, ((states.rowwise() - mean).colwise().squaredNorm() / static_cast<double>(states.rows() - 1)).cwiseSqrt()};
  };
  const auto [true_mean, true_deviation] = moments(truth);
  std::tie(mean_, deviation_) = moments(scale);
  for (Index c = 0; c < truth.cols(); ++c)
    if (true_deviation[c] > 1e-9 * (1 + std::abs(true_mean[c]))) kept_.push_back(c);
}

Matrix Standardisation::operator()(const Matrix& states) const {
  Matrix out(states.rows(), static_cast<Index>(kept_.size()));
  for (std::size_t c = 0; c < kept_.size(); ++c)
    out.col(static_cast<Index>(c)) = (states.col(kept_[c]).array() - mean_[kept_[c]]) / deviation_[kept_[c]];
  return out;
}

/// One line of the table: a target, or one coordinate of it.
struct TwoSampleCheck::Outcome {
  double coordinate = none, draws = 0, others = 0, found = none;
  double distance = none, distance_error = none, expected = none, expected_error = none;
  double ratio = none, ratio_error = none, p_value = none, tested = 0;
};

/// Standardised states of one target: what is compared, and pairs that show what equality looks like.
struct TwoSampleCheck::Samples {
  std::vector<Matrix> drawn, truth;
  std::vector<std::pair<Matrix, Matrix>> pairs;
  std::vector<std::pair<Matrix, Matrix>> resampled;  ///< the first of drawn and truth, drawn again with replacement
  std::vector<Index> coordinates;
  Matrix scale;

  static Samples exact(const SampleSource& source, Index i, const Matrix& draws, const TwoSampleOptions& options) {
    const Index size = std::min<Index>(options.subsample, draws.rows());
    const Index repeats = options.repeats, pairs = std::max<Index>(8, repeats);
    const Index parts = std::min(repeats, draws.rows() / size);
    const Matrix states = source.exact_draws(i, size * (repeats + 2 * pairs));
    const Matrix scale = states.bottomRows(size * 2 * pairs);
    const Standardisation standardised(scale, scale);
    Samples out{{}, {}, {}, {}, standardised.coordinates(), standardised(scale)};
    for (Index p = 0; p < parts; ++p) out.drawn.push_back(standardised(part(draws, p, parts, size)));
    for (Index r = 0; r < repeats; ++r) out.truth.push_back(standardised(states.middleRows(r * size, size)));
    for (Index k = 0; k < pairs; ++k)
      out.pairs.emplace_back(out.scale.middleRows(2 * k * size, size), out.scale.middleRows((2 * k + 1) * size, size));
    return out;
  }

  static Samples simulated(const Matrix& frames, const Matrix& draws, const TwoSampleOptions& options,
                           const RandomStream& stream) {
    const Matrix x = evenly(draws, options.subsample), y = evenly(frames, options.subsample);
    const Standardisation standardised(y, stacked(x, y));
    Samples out{{standardised(x)}, {standardised(y)}, {}, {}, standardised.coordinates(), {}};
    if (out.coordinates.empty()) return out;
    out.scale = stacked(out.drawn[0], out.truth[0]);
    RandomSequence random(stream, 0);
    for (Index k = 0; k < 8; ++k) {
      Matrix mixed = out.scale;
      for (Index s = mixed.rows(); s > 1; --s)
        mixed.row(s - 1).swap(mixed.row(static_cast<Index>(random.below(static_cast<std::uint64_t>(s)))));
      out.pairs.emplace_back(mixed.topRows(x.rows()), mixed.bottomRows(y.rows()));
    }
    constexpr int resamplings = 20;
    for (int k = 0; k < resamplings; ++k)
      out.resampled.emplace_back(resampled_rows(out.drawn[0], random), resampled_rows(out.truth[0], random));
    return out;
  }
};

std::vector<TwoSampleCheck::Outcome> TwoSampleCheck::compare(const DiagnosticRequest& request,
                                                             const SampleSource& source, Index i) const {
  const RandomStream stream = child(request.stream, "two samples", source.row(i));
  const Matrix draws = source.draws(i);
  Outcome empty;
  empty.draws = static_cast<double>(draws.rows());
  if (!source.exact()) empty.found = static_cast<double>(source.all_frames(i));
  if (draws.rows() < 2) return {empty};
  std::vector<Outcome> out = source.exact() ? outcomes(Samples::exact(source, i, draws, options()), stream)
                                            : compare_simulated(source, i, draws, stream);
  if (out.empty()) return {empty};
  for (Outcome& row : out) row.found = empty.found;
  return out;
}

std::vector<TwoSampleCheck::Outcome> TwoSampleCheck::compare_simulated(const SampleSource& source, Index i,
                                                                       const Matrix& draws,
                                                                       const RandomStream& stream) const {
  constexpr Index least = 8;  // frames that say anything about a law
  if (source.all_frames(i) < least) return {};
  if (!naming().per_coordinate) {
    const Matrix frames = source.frames(i);
    if (frames.rows() < least) return {};
    return outcomes(Samples::simulated(frames, draws, options(), stream.part({"divisions"})), stream);
  }
  std::vector<Outcome> out;
  for (Index c = 0; c < draws.cols(); ++c) {
    const Matrix frames = source.frames(i, c);
    const RandomStream own = stream.part({"coordinate", std::to_string(c)});
    std::vector<Outcome> row;
    if (frames.rows() >= least)
      row = outcomes(Samples::simulated(frames, draws.col(c), options(), own.part({"divisions"})), own);
    else if (varies(frames))
      row = {Outcome{.draws = static_cast<double>(draws.rows()), .others = static_cast<double>(frames.rows())}};
    for (Outcome& outcome : row) {
      outcome.coordinate = static_cast<double>(c);
      out.push_back(outcome);
    }
  }
  return out;
}

std::vector<TwoSampleCheck::Outcome> TwoSampleCheck::outcomes(const Samples& samples,
                                                              const RandomStream& stream) const {
  if (samples.coordinates.empty()) return {};
  const auto measure = distance(samples.scale, stream.part({"distance"}));
  const auto repeats = static_cast<Index>(samples.truth.size()), parts = static_cast<Index>(samples.drawn.size());
  const Index limit = measure->permutation_limit();
  const Matrix x = evenly(samples.drawn[0], limit), y = evenly(samples.truth[0], limit);
  const PermutationTest test =
      permutation_test(*measure->pool(stacked(x, y)), x.rows(), x.rows() + y.rows(), options().permutations,
                       RandomSequence(stream.part({"permutations"}), 0));

  std::vector<Vector> seen, equal;
  for (Index r = 0; r < repeats; ++r)
    seen.push_back(measure->between(samples.drawn[static_cast<std::size_t>(r % parts)],
                                    samples.truth[static_cast<std::size_t>(r)]));
  for (const auto& [a, b] : samples.pairs) equal.push_back(measure->between(a, b));
  const auto columns = [](const std::vector<Vector>& list) {
    Matrix out(list[0].size(), static_cast<Index>(list.size()));
    for (std::size_t k = 0; k < list.size(); ++k) out.col(static_cast<Index>(k)) = list[k];
    return out;
  };
  const Matrix distances = columns(seen), nulls = columns(equal);
  const Vector expected_error = deviations(nulls) / std::sqrt(static_cast<double>(nulls.cols()));
  Vector distance_error = errors_of_mean(distances, nulls, parts);
  if (!samples.resampled.empty()) {
    std::vector<Vector> again;
    for (const auto& [a, b] : samples.resampled) again.push_back(measure->between(a, b));
    distance_error = distance_error.cwiseMax(deviations(columns(again)));
  }

  std::vector<Outcome> out;
  for (Index c = 0; c < distances.rows(); ++c) {
    Outcome& row = out.emplace_back();
    row.coordinate = static_cast<double>(samples.coordinates[static_cast<std::size_t>(c)]);
    row.draws = static_cast<double>(parts * samples.drawn[0].rows());
    row.others = static_cast<double>(repeats * samples.truth[0].rows());
    row.distance = distances.row(c).mean();
    row.distance_error = distance_error[c];
    row.expected = nulls.row(c).mean();
    row.expected_error = expected_error[c];
    row.ratio = row.distance / row.expected;
    row.ratio_error = std::hypot(row.distance_error, row.ratio * row.expected_error) / row.expected;
    row.p_value = test.p_value[c];
    row.tested = static_cast<double>(std::min(x.rows(), y.rows()));
  }
  return out;
}

Findings TwoSampleCheck::evaluate(const DiagnosticRequest& request) const {
  const SampleSource source(options(), request, naming().key);
  std::vector<std::vector<Outcome>> targets(static_cast<std::size_t>(source.targets()));
  request.executor.for_each(source.targets(),
                            [&](Index i) { targets[static_cast<std::size_t>(i)] = compare(request, source, i); });
  return report(request, source, targets);
}

Findings TwoSampleCheck::report(const DiagnosticRequest& request, const SampleSource& source,
                                const std::vector<std::vector<Outcome>>& targets) const {
  const Naming name = naming();
  Table table{fmt::format("{} of draws from {}{}, at most {} states each, {}; standard errors; p-values of {} "
                          "permutations, which are never below {:.3g}",
                          name.title, source.law(), source.part(), options().subsample,
                          options().repeats > 1 ? fmt::format("mean of {} repeats", options().repeats) : "once",
                          options().permutations, 1 / static_cast<double>(options().permutations + 1)),
              {},
              {}};
  for (const std::string& coarse : request.coarse->names()) table.columns.push_back({coarse, "", 4});
  if (name.per_coordinate) table.columns.push_back({"coordinate", "", 0});
  table.columns.push_back({"draws", "", 0});
  if (!source.exact()) table.columns.push_back({"frames", "", 0});
  for (const Column& column : std::vector<Column>{{source.exact() ? "others" : "independent", "", 0},
                                                  {"distance", name.unit, 5},
                                                  {"distance error", name.unit, 5},
                                                  {"under equality", name.unit, 5},
                                                  {"equality error", name.unit, 5},
                                                  {"ratio", "", 2},
                                                  {"ratio error", "", 2},
                                                  {"p-value", "", 3},
                                                  {"states tested", "", 0}})
    table.columns.push_back(column);
  Findings out;
  MeanOver distance, floor, excess, ratio;
  std::map<double, OverTargets> parts;
  double largest = 0, smallest = 1, unlikely = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (const Outcome& row : targets[i]) {
      auto& cells = table.rows.emplace_back();
      for (const double z : source.target(static_cast<Index>(i))) cells.emplace_back(z);
      if (name.per_coordinate)
        cells.push_back(std::isnan(row.coordinate) ? Cell(none)
                                                   : source.coordinate(static_cast<Index>(row.coordinate)));
      cells.emplace_back(row.draws);
      if (!source.exact()) cells.emplace_back(row.found);
      for (const double cell : {row.others, row.distance, row.distance_error, row.expected, row.expected_error,
                                row.ratio, row.ratio_error, row.p_value, row.tested})
        cells.emplace_back(cell);
      const std::string key =
          name.key + "." +
          (name.per_coordinate ? fmt::format("coordinate_{}.", static_cast<Index>(row.coordinate)) : "");
      auto& found = out.at(request.draws->coarse, source.target(static_cast<Index>(i))).values;
      found[key + "distance"] = row.distance;
      found[key + "ratio"] = row.ratio;
      found[key + "p_value"] = row.p_value;
      if (std::isnan(row.distance)) continue;
      distance.add(i, row.distance, row.distance_error);
      floor.add(i, row.expected, row.expected_error);
      excess.add(i, row.distance - row.expected, std::hypot(row.distance_error, row.expected_error));
      ratio.add(i, row.ratio, row.ratio_error);
      OverTargets& part = parts[name.per_coordinate ? row.coordinate : 0];
      part.distance.add(i, row.distance, row.distance_error);
      part.floor.add(i, row.expected, row.expected_error);
      part.ratio.add(i, row.ratio, row.ratio_error);
      part.p_value.add(row.p_value);
      largest = std::max(largest, row.ratio);
      smallest = std::min(smallest, row.p_value);
      unlikely += row.p_value <= 0.05 ? 1 : 0;
    }
  }
  const auto known = [&](double value) { return distance.count() > 0 ? value : none; };
  out.values[name.key + ".mean"] = distance.mean();
  out.values[name.key + ".mean_error"] = distance.error();
  out.values[name.key + ".mean_under_equality"] = floor.mean();
  out.values[name.key + ".mean_excess"] = excess.mean();
  out.values[name.key + ".mean_excess_error"] = excess.error();
  out.values[name.key + ".mean_ratio"] = ratio.mean();
  out.values[name.key + ".mean_ratio_error"] = ratio.error();
  out.values[name.key + ".largest_ratio"] = known(largest);
  out.values[name.key + ".smallest_p_value"] = known(smallest);
  out.values[name.key + ".share_of_p_values_up_to_5_percent"] = known(unlikely / distance.count());
  out.tables.push_back(std::move(table));
  if (!name.per_coordinate) {
    out.values[name.key + ".combined_p_value"] = parts.empty() ? none : parts.begin()->second.p_value.value();
    return out;
  }
  Table summary{
      fmt::format("{}, coordinate by coordinate, mean over targets; p-value of all targets together", name.title),
      {{"coordinate", "", 0},
       {"targets", "", 0},
       {"distance", name.unit, 5},
       {"distance error", name.unit, 5},
       {"under equality", name.unit, 5},
       {"ratio", "", 2},
       {"ratio error", "", 2},
       {"p-value", "", 6}},
      {}};
  double wrong = 0;
  constexpr double level = 0.01;
  for (const auto& [coordinate, part] : parts) {
    const double p = part.p_value.value();
    wrong += p * static_cast<double>(parts.size()) <= level ? 1 : 0;
    summary.rows.push_back({source.coordinate(static_cast<Index>(coordinate)), part.ratio.count(), part.distance.mean(),
                            part.distance.error(), part.floor.mean(), part.ratio.mean(), part.ratio.error(), p});
  }
  // The worst first: right ones are of no interest.
  std::stable_sort(summary.rows.begin(), summary.rows.end(), [](const auto& a, const auto& b) {
    return std::get<double>(a.back()) < std::get<double>(b.back());
  });
  out.values[name.key + ".coordinates"] = static_cast<double>(parts.size());
  out.values[name.key + ".wrong_coordinates"] = wrong;
  out.tables.push_back(std::move(summary));
  return out;
}

}  // namespace liftwell
