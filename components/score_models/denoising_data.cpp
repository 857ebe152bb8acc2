// SPDX-License-Identifier: MIT
// Splitting and noising the training data.
#include "denoising_data.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numbers>
#include <numeric>
#include <utility>

#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

double unit_interval(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }

/// What F learns of an angle: d/dangle of ln of the normal law of deviation `width` wrapped on a circle of 2 pi, over
/// the factor of Preconditioning. It is what is left of the noise when it is not known how often it went round.
double angle_target(double angle, double width) {
  const double factor = Preconditioning::angle_score(width);
  constexpr double circle = 2 * std::numbers::pi;
  const double variance = width * width;
  double slope = 0, density = 1;
  if (width > 6)  // both are below 1e-7: the limit of their ratio
    return -2 * width * std::sin(angle) / std::sqrt(1 + 2 * variance);
  if (width > 1.5) {  // the Fourier series, of which little is left
    for (int m = 1; m <= 4; ++m) {
      const double term = 2 * std::exp(-m * m * variance / 2);
      density += term * std::cos(m * angle);
      slope -= m * term * std::sin(m * angle);
    }
    return slope / density / factor;
  }
  const double nearest = std::remainder(angle, circle);
  density = 0;
  for (int turn = -2; turn <= 2; ++turn) {
    const double there = nearest + turn * circle;
    const double term = std::exp((nearest * nearest - there * there) / (2 * variance));
    density += term;
    slope -= there / variance * term;
  }
  return slope / density / factor;
}

}  // namespace

DenoisingData::DenoisingData(TrainingData data, const DataSetup& setup, const RandomStream& stream,
                             DenoisingModel& model)
    : model_(model) {
  TrainingFrame fitted = fit_frame(data, setup.frame, stream);
  const Matrix z = fitted.noised_labels.cast<double>();
  model.coarse = data.coarse;
  model.period = fitted.period;
  model.label_mean = z.colwise().mean().transpose();
  model.label_deviation =
      ((z.rowwise() - model.label_mean.transpose()).colwise().squaredNorm() / static_cast<double>(z.rows()))
          .cwiseSqrt()
          .transpose();
  for (double& deviation : model.label_deviation)
    if (!(deviation > 0)) deviation = 1;
  model.label_range = fitted.label_range;
  model.frame = std::move(fitted.frame);
  features_ = fitted.features.cols();
  labels_ = data.labels.cols();
  records_.resize(fitted.features.rows(), features_ + 2 * labels_);
  records_ << fitted.features, data.labels, data.label_noise;
  weights_ = std::move(data.weights);
  if (!weights_.empty()) spread_weights(data.labels, fitted.noised_labels);
  const auto noise = model.make_noise();
  log_levels_ =
      level_quantiles(setup.levels, std::log(noise->noise_level(noise->first_time())), std::log(noise->noise_level(1)));
  split(setup.validation_fraction, stream.part({"validation split"}));
}

void DenoisingData::split(double validation_fraction, const RandomStream& stream) {
  const Index rows = records_.rows();
  std::vector<Index> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), Index{0});
  const auto trains = [&](Index row) {
    return unit_interval(philox(stream, static_cast<std::uint32_t>(row), 0)[0]) >= validation_fraction;
  };
  const auto first_left = std::stable_partition(order.begin(), order.end(), trains);
  training_ = {0, first_left - order.begin()};
  validation_ = {training_.count, rows - training_.count};
  // Few states may all have fallen on one side.
  if (training_.count == 0) std::swap(training_, validation_);
  records_ = FloatMatrix(records_(order, Eigen::all));
  if (weights_.empty()) return;
  const std::vector<double> weights = std::exchange(weights_, {});
  for (const Index row : order) weights_.push_back(weights[static_cast<std::size_t>(row)]);
  for (const RecordRange range : {training_, validation_}) {
    const auto begin = weights_.begin() + range.first;
    std::partial_sum(begin, begin + range.count, std::back_inserter(cumulative_));
  }
}

/// A factor of the label alone leaves what is learned at each label unchanged. So a state of weight w counts
/// w/m(z) in the loss, m(z) being the mean weight of states whose noised label is z: else states of low free
/// energy would be nearly all that is learned from. What w has beyond a smooth function g of a state's own label
/// is left to how often the state is picked, because picking adds less noise than weighting does.
void DenoisingData::spread_weights(const FloatMatrix& labels, const FloatMatrix& noised_labels) {
  Matrix range(labels_, 2);
  range.col(0) = noised_labels.colwise().minCoeff().transpose().cast<double>();
  range.col(1) = noised_labels.colwise().maxCoeff().transpose().cast<double>();
  const Index splines = labels_ == 1 ? 24 : 8;
  weight_basis_ = LabelBasis(range, model_.period, splines);
  const Index n = weight_basis_.size();
  Matrix gram = 1e-6 * Matrix::Identity(n, n);
  Vector moments = Vector::Zero(n), sums = Vector::Zero(n), counts = Vector::Zero(n);
  LabelBasis::Values values;
  for (Index i = 0; i < labels.rows(); ++i) {
    const double weight = weights_[static_cast<std::size_t>(i)];
    const Vector noised = noised_labels.row(i).cast<double>().transpose();
    weight_basis_.evaluate(noised.data(), values);
    for (const auto& [a, at_a] : values) {
      sums[a] += at_a * weight;
      counts[a] += at_a;
    }
    if (!(weight > 0)) continue;
    const Vector own = labels.row(i).cast<double>().transpose();
    weight_basis_.evaluate(own.data(), values);
    for (const auto& [a, at_a] : values) {
      moments[a] += at_a * std::log(weight);
      for (const auto& [b, at_b] : values) gram(a, b) += at_a * at_b;
    }
  }
  log_own_weight_ = SymmetricFactor(gram).solve(moments);
  const double overall = sums.sum() / counts.sum();
  log_mean_weight_ = ((sums.array() + 1e-6 * overall) / (counts.array() + 1e-6)).log();
  for (Index i = 0; i < labels.rows(); ++i) {
    const Vector own = labels.row(i).cast<double>().transpose();
    weights_[static_cast<std::size_t>(i)] *= std::exp(-at(log_own_weight_, own.data()));
  }
}

double DenoisingData::at(const Vector& coefficients, const double* label) const {
  LabelBasis::Values values;
  weight_basis_.evaluate(label, values);
  double sum = 0;
  for (const auto& [a, at_a] : values) sum += at_a * coefficients[a];
  return sum;
}

Index DenoisingData::pick(RecordRange range, std::uint32_t word, std::uint32_t more) const {
  if (weights_.empty())
    return range.first + static_cast<Index>((std::uint64_t{word} * static_cast<std::uint64_t>(range.count)) >> 32);
  const auto begin = cumulative_.begin() + range.first, end = begin + range.count;
  const double wanted =
      (static_cast<double>(word) + (static_cast<double>(more) + 0.5) * 0x1p-32) * 0x1p-32 * *(end - 1);
  return range.first + std::min<Index>(std::upper_bound(begin, end, wanted) - begin, range.count - 1);
}

/// All picks before the first read, and all reads together: none waits for the arithmetic of another.
void DenoisingData::gather(BatchPart& part, const BatchSource& source, Index first, Index count) const {
  const Index each = candidates();
  part.candidates.clear();
  for (Index i = 0; i < count; ++i)
    for (Index c = 0; c < each; ++c) {
      const auto step = source.step * static_cast<std::uint64_t>(each) + static_cast<std::uint64_t>(c);
      const auto words = philox(source.choice, static_cast<std::uint32_t>(first + i), step);
      part.candidates.push_back({pick(source.range, words[0], words[1]), words[2], words[3]});
    }
  const Index width = records_.cols();
  part.records.resize(count * each, width);
  float* to = part.records.data();
  for (const Candidate& candidate : part.candidates) {
    const float* from = records_.data() + candidate.record * width;
    for (Index k = 0; k < width; ++k) *to++ = from[k];
  }
}

DenoisingData::Choice DenoisingData::choose(const BatchPart& part, Index lane, Vector& label) const {
  const ConstBlock normals = part.normals.block();
  const Index each = candidates();
  const auto record = [&](Index candidate) {
    return part.records.data() + (lane * each + candidate) * part.records.cols();
  };
  const auto noised = [&](Index candidate) {
    const float* own = record(candidate) + features_;
    for (Index k = 0; k < labels_; ++k)
      label[k] = static_cast<double>(own[k]) +
                 static_cast<double>(own[labels_ + k]) * normals(features_ + candidate * labels_ + k, lane);
  };
  if (weights_.empty()) {
    noised(0);
    return {record(0), 1};
  }
  // One of a few candidates in proportion to its weight, weighted with their mean: the same on average as one
  // with its own weight (sampling-importance resampling, Rubin 1987), without the rare large weights that stall Adam.
  std::array<double, weighted_candidates> sums;
  double sum = 0;
  for (Index c = 0; c < each; ++c) {
    for (Index k = 0; k < labels_; ++k) label[k] = static_cast<double>(record(c)[features_ + k]);
    const double log_own = at(log_own_weight_, label.data());
    noised(c);
    sums[static_cast<std::size_t>(c)] = sum += std::exp(log_own - at(log_mean_weight_, label.data()));
  }
  const std::uint32_t word = part.candidates[static_cast<std::size_t>(lane * each + each - 1)].choice_word;
  const auto chosen =
      std::min<Index>(std::upper_bound(sums.begin(), sums.end(), unit_interval(word) * sum) - sums.begin(), each - 1);
  noised(chosen);
  return {record(chosen), sum / static_cast<double>(each)};
}

void DenoisingData::fill(BatchPart& part, const BatchSource& source, Index first, Index count) const {
  const Index numbers = normals_per_entry();
  if (const ConstBlock made = part.normals.block(); made.rows() != numbers || made.lanes() != padded(count))
    part.normals.resize(numbers, count);
  const Block normals = part.normals.block();
  // Whole blocks of four positions a step: the generator makes four normals at a time.
  const auto stride = static_cast<std::uint64_t>((numbers + 3) / 4 * 4);
  fill_normals(source.noise, static_cast<std::uint32_t>(first), source.step * stride, numbers, normals.lanes(),
               normals.data(), normals.lanes());
  gather(part, source, first, count);
  part.input.resize(count, features_);
  part.target.resize(count, features_);
  part.label.resize(count, model_.label_inputs());
  part.levels.resize(static_cast<std::size_t>(count));
  part.weights.resize(weights_.empty() ? 0 : static_cast<std::size_t>(count));
  Vector mean, scale, label(labels_);
  const Index each = candidates();
  for (Index i = 0; i < count; ++i) {
    const Choice choice = choose(part, i, label);
    const std::uint32_t word = part.candidates[static_cast<std::size_t>(i * each + each - 1)].level_word;
    if (!part.weights.empty()) part.weights[static_cast<std::size_t>(i)] = static_cast<float>(choice.weight);
    // One level in each of `batch` equal parts of the law: less noise in the loss than free choice.
    const double u = (static_cast<double>(first + i) + unit_interval(word)) / static_cast<double>(source.batch);
    const double place = u * static_cast<double>(log_levels_.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), log_levels_.size() - 2);
    const double log_level =
        log_levels_[below] + (place - static_cast<double>(below)) * (log_levels_[below + 1] - log_levels_[below]);
    const double level = std::exp(log_level);
    const double input_scale = 1 / std::sqrt(1 + level * level);
    part.levels[static_cast<std::size_t>(i)] = static_cast<float>(log_level / 4);
    model_.frame.place(label.data(), mean, scale);
    model_.write_label(label.data(), part.label.row(i).data());
    for (Index k = 0; k < features_; ++k) {
      const double y = (static_cast<double>(choice.record[k]) - mean[k]) / scale[k];
      const double n = normals(k, i);
      part.input(i, k) = static_cast<float>((y + level * n) * input_scale);
      part.target(i, k) = static_cast<float>((level * y - n) * input_scale);
    }
    for (const Index k : model_.frame.angles()) {
      const double away = level * normals(k, i);
      part.input(i, k) = static_cast<float>((static_cast<double>(choice.record[k]) - mean[k]) / scale[k] + away);
      part.target(i, k) = static_cast<float>(angle_target(away, level));
    }
  }
}

}  // namespace liftwell
