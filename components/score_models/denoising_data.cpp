// SPDX-License-Identifier: MIT
// Splitting and noising the training data.
#include "denoising_data.hpp"

#include <algorithm>
#include <cmath>

namespace liftwell {
namespace {

double unit_interval(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }

std::vector<double> running_sum(const std::vector<Index>& rows, const std::vector<double>& weights) {
  std::vector<double> out;
  double sum = 0;
  for (const Index row : rows) out.push_back(sum += weights[static_cast<std::size_t>(row)]);
  return out;
}

}  // namespace

DenoisingData::DenoisingData(TrainingData data, const DataSetup& setup, const RandomStream& stream,
                             DenoisingModel& model)
    : model_(model) {
  TrainingFrame fitted = fit_frame("denoising", data, setup.frame, stream);
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
  features_ = std::move(fitted.features);
  labels_ = std::move(data.labels);
  label_noise_ = std::move(data.label_noise);
  weights_ = std::move(data.weights);
  const auto noise = model.make_noise();
  log_levels_ =
      level_quantiles(setup.levels, std::log(noise->noise_level(noise->first_time())), std::log(noise->noise_level(1)));
  split(setup.validation_fraction, RandomStream::named(stream.key, {"validation split"}, stream.cycle));
}

void DenoisingData::split(double validation_fraction, const RandomStream& stream) {
  for (Index row = 0; row < features_.rows(); ++row) {
    const double u = unit_interval(philox(stream, static_cast<std::uint32_t>(row), 0)[0]);
    (u < validation_fraction ? validation_ : training_).push_back(row);
  }
  // Few states may all have fallen on one side.
  if (training_.empty()) training_.swap(validation_);
  if (weights_.empty()) return;
  cumulative_ = running_sum(training_, weights_);
  validation_cumulative_ = running_sum(validation_, weights_);
}

Index DenoisingData::pick(const BatchSource& source, std::uint32_t word, std::uint32_t more) const {
  const std::vector<Index>& rows = *source.rows;
  if (weights_.empty()) return rows[static_cast<std::size_t>((std::uint64_t{word} * rows.size()) >> 32)];
  const std::vector<double>& sums = source.rows == &validation_ ? validation_cumulative_ : cumulative_;
  const double wanted =
      (static_cast<double>(word) + (static_cast<double>(more) + 0.5) * 0x1p-32) * 0x1p-32 * sums.back();
  const auto found = std::upper_bound(sums.begin(), sums.end(), wanted) - sums.begin();
  return rows[std::min(static_cast<std::size_t>(found), rows.size() - 1)];
}

void DenoisingData::fill(BatchPart& part, const BatchSource& source, Index first, Index count) const {
  const Index features = features_.cols();
  const Index labels = labels_.cols();
  const Index numbers = features + labels;
  const Block normals = part.normals.block();
  // Whole blocks of four positions a step: the generator makes four normals at a time.
  const auto stride = static_cast<std::uint64_t>((numbers + 3) / 4 * 4);
  fill_normals(source.noise, static_cast<std::uint32_t>(first), source.step * stride, numbers, normals.lanes(),
               normals.data(), normals.lanes());
  part.input.resize(count, features);
  part.target.resize(count, features);
  part.label.resize(count, model_.label_inputs());
  part.levels.resize(static_cast<std::size_t>(count));
  Vector mean, scale, label(labels);
  for (Index i = 0; i < count; ++i) {
    const auto words = philox(source.choice, static_cast<std::uint32_t>(first + i), source.step);
    const Index row = pick(source, words[0], words[1]);
    // One level in each of `batch` equal parts of the law: less noise in the loss than free choice.
    const double u = (static_cast<double>(first + i) + unit_interval(words[2])) / static_cast<double>(source.batch);
    const double place = u * static_cast<double>(log_levels_.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), log_levels_.size() - 2);
    const double log_level =
        log_levels_[below] + (place - static_cast<double>(below)) * (log_levels_[below + 1] - log_levels_[below]);
    const double level = std::exp(log_level);
    const double input_scale = 1 / std::sqrt(1 + level * level);
    part.levels[static_cast<std::size_t>(i)] = static_cast<float>(log_level / 4);
    for (Index k = 0; k < labels; ++k)
      label[k] =
          static_cast<double>(labels_(row, k)) + static_cast<double>(label_noise_(row, k)) * normals(features + k, i);
    model_.frame.place(label.data(), mean, scale);
    model_.write_label(label.data(), part.label.row(i).data());
    for (Index k = 0; k < features; ++k) {
      const double y = (static_cast<double>(features_(row, k)) - mean[k]) / scale[k];
      const double n = normals(k, i);
      part.input(i, k) = static_cast<float>((y + level * n) * input_scale);
      part.target(i, k) = static_cast<float>((level * y - n) * input_scale);
    }
  }
}

}  // namespace liftwell
