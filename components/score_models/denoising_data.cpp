// SPDX-License-Identifier: MIT
// Standardising, splitting and noising the training data.
#include "denoising_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

double unit_interval(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }

/// Standard deviations of nothing (a constant column) count as one.
Vector deviations(const Vector& variance) {
  return variance.unaryExpr([](double v) { return v > 0 ? std::sqrt(v) : 1.0; });
}

struct Moments {
  Vector mean, variance;
};

Moments moments(const FloatMatrix& rows) {
  Moments out{Vector::Zero(rows.cols()), Vector::Zero(rows.cols())};
  for (Index r = 0; r < rows.rows(); ++r) out.mean += rows.row(r).cast<double>().transpose();
  out.mean /= static_cast<double>(rows.rows());
  for (Index r = 0; r < rows.rows(); ++r)
    out.variance += (rows.row(r).cast<double>().transpose() - out.mean).array().square().matrix();
  out.variance /= static_cast<double>(rows.rows());
  return out;
}

void standardise(FloatMatrix& rows, const Vector& mean, const Vector& deviation) {
  for (Index r = 0; r < rows.rows(); ++r)
    rows.row(r) = ((rows.row(r).cast<double>().transpose() - mean).array() / deviation.array())
                      .matrix()
                      .transpose()
                      .cast<float>();
}

/// ln r at the quantiles 0, 1/n, …, 1 of the law that training levels are drawn from, between the two
/// ends: a normal law around ln 0.6, where standardised data of one or a few modes take shape, upon a
/// uniform floor that serves finer structure and the start of the draws. Karras et al. (section 5) use
/// the normal part alone; measured here on a bimodal law, uniform levels learn more slowly (W1 0.40, not 0.32, at 2000
/// steps).
std::vector<double> level_quantiles(double lowest, double highest) {
  constexpr double centre = -0.5;
  constexpr double width = 1.5;
  constexpr double floor = 0.1;
  constexpr int cells = 4096;
  constexpr int quantiles = 1024;
  std::vector<double> cumulative{0};
  const double step = (highest - lowest) / cells;
  for (int i = 0; i < cells; ++i) {
    const double z = (lowest + (i + 0.5) * step - centre) / width;
    cumulative.push_back(cumulative.back() + floor + std::exp(-z * z / 2));
  }
  std::vector<double> out;
  std::size_t cell = 0;
  for (int q = 0; q <= quantiles; ++q) {
    const double wanted = cumulative.back() * q / quantiles;
    while (cell + 1 < cells && cumulative[cell + 1] < wanted) ++cell;
    const double part = (wanted - cumulative[cell]) / (cumulative[cell + 1] - cumulative[cell]);
    out.push_back(lowest + (static_cast<double>(cell) + part) * step);
  }
  return out;
}

}  // namespace

DenoisingData::DenoisingData(TrainingData data, double validation_fraction, const RandomStream& split,
                             DenoisingModel& model)
    : data_(std::move(data)) {
  const Index n = data_.states.rows();
  ensure(data_.labels.rows() == n && data_.label_noise.rows() == n && data_.label_noise.cols() == data_.labels.cols() &&
             static_cast<Index>(data_.coarse.size()) == data_.labels.cols(),
         "states and labels of the training data do not fit together");
  if (n < 2) throw RunError(fmt::format("a score model cannot be trained on {} states", n));
  if (!data_.states.allFinite() || !data_.labels.allFinite())
    throw RunError("a score model cannot be trained on states or labels that are not finite");

  const Moments states = moments(data_.states);
  const Moments labels = moments(data_.labels);
  model.coarse = data_.coarse;
  model.state_mean = states.mean;
  model.state_deviation = deviations(states.variance);
  model.label_mean = labels.mean;
  model.label_deviation = deviations(
      labels.variance + data_.label_noise.cast<double>().colwise().squaredNorm().transpose() / static_cast<double>(n));
  model.label_range.resize(data_.labels.cols(), 2);
  model.label_range.col(0) = data_.labels.colwise().minCoeff().transpose().cast<double>();
  model.label_range.col(1) = data_.labels.colwise().maxCoeff().transpose().cast<double>();
  standardise(data_.states, model.state_mean, model.state_deviation);
  standardise(data_.labels, model.label_mean, model.label_deviation);
  standardise(data_.label_noise, Vector::Zero(data_.labels.cols()), model.label_deviation);

  const auto noise = model.make_noise();
  log_levels_ = level_quantiles(std::log(noise->noise_level(noise->first_time())), std::log(noise->noise_level(1)));

  for (Index row = 0; row < data_.states.rows(); ++row) {
    const double u = unit_interval(philox(split, static_cast<std::uint32_t>(row), 0)[0]);
    (u < validation_fraction ? validation_ : training_).push_back(row);
  }
  // Few states may all have fallen on one side.
  if (training_.empty()) training_.swap(validation_);
}

void DenoisingData::fill(BatchPart& part, const BatchSource& source, Index first, Index count) const {
  const Index dimension = data_.states.cols();
  const Index numbers = dimension + data_.labels.cols();
  const Block normals = part.normals.block();
  // Whole blocks of four positions a step: the generator makes four normals at a time.
  const auto stride = static_cast<std::uint64_t>((numbers + 3) / 4 * 4);
  fill_normals(source.noise, static_cast<std::uint32_t>(first), source.step * stride, numbers, normals.lanes(),
               normals.data(), normals.lanes());
  part.input.resize(count, dimension);
  part.target.resize(count, dimension);
  part.label.resize(count, data_.labels.cols());
  part.levels.resize(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) {
    const auto words = philox(source.choice, static_cast<std::uint32_t>(first + i), source.step);
    const auto pick = static_cast<std::size_t>((std::uint64_t{words[0]} * source.rows->size()) >> 32);
    const Index row = (*source.rows)[pick];
    // One level in each of `batch` equal parts of the law: less noise in the loss than free choice.
    const double u = (static_cast<double>(first + i) + unit_interval(words[2])) / static_cast<double>(source.batch);
    const double place = u * static_cast<double>(log_levels_.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), log_levels_.size() - 2);
    const double log_level =
        log_levels_[below] + (place - static_cast<double>(below)) * (log_levels_[below + 1] - log_levels_[below]);
    const double level = std::exp(log_level);
    const double scale = 1 / std::sqrt(1 + level * level);
    part.levels[static_cast<std::size_t>(i)] = static_cast<float>(log_level / 4);
    for (Index k = 0; k < dimension; ++k) {
      const double x = data_.states(row, k);
      const double n = normals(k, i);
      part.input(i, k) = static_cast<float>((x + level * n) * scale);
      part.target(i, k) = static_cast<float>((level * x - n) * scale);
    }
    for (Index k = 0; k < data_.labels.cols(); ++k)
      part.label(i, k) =
          data_.labels(row, k) + data_.label_noise(row, k) * static_cast<float>(normals(dimension + k, i));
  }
}

}  // namespace liftwell
