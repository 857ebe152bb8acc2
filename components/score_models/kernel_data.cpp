// SPDX-License-Identifier: MIT
// Finding the states that matter at a label.
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernel_model.hpp"

namespace liftwell {
namespace {

const double log_cut = std::log(1e-12);

/// a − b, on the circle where there is a period.
double difference(double a, double b, double period) {
  const double away = a - b;
  return period > 0 ? away - period * std::round(away / period) : away;
}

}  // namespace

KernelData::KernelData(KernelModel model)
    : model_(std::move(model)),
      own_(model_.size(), model_.frame.generated()),
      deviations_(model_.label_noise.cast<double>()),
      log_prefactors_(model_.log_weights) {
  Vector mean, scale;
  for (Index i = 0; i < model_.size(); ++i) {
    follows_.push_back((model_.label_noise.row(i).array() == 0).all());
    for (Index k = 0; k < deviations_.cols(); ++k) {
      if (deviations_(i, k) == 0) deviations_(i, k) = model_.bandwidth[k];
      log_prefactors_[i] -= std::log(deviations_(i, k));
    }
    if (!follows_.back()) continue;
    const Matrix z = model_.labels.row(i).cast<double>();
    model_.frame.place(z.data(), mean, scale);
    for (Index j = 0; j < own_.cols(); ++j)
      own_(i, j) = (static_cast<double>(model_.features(i, j)) - mean[j]) / scale[j];
  }
}

double KernelData::log_weight(Index row, const Vector& label) const {
  double out = log_prefactors_[row];
  for (Index k = 0; k < label.size(); ++k) {
    const double away =
        difference(label[k], static_cast<double>(model_.labels(row, k)), model_.period[k]) / deviations_(row, k);
    out -= 0.5 * away * away;
  }
  return out;
}

std::pair<Index, Index> KernelData::candidates(const Vector& label) const {
  const Index n = model_.size();
  if (!model_.sorted()) return {0, n};
  const float* const labels = model_.labels.data();
  const double z = label[0];
  const Index middle = std::lower_bound(labels, labels + n, static_cast<float>(z)) - labels;
  // A state further away than `away` has at most this weight, whatever its own.
  const double widest = deviations_.maxCoeff(), highest = log_prefactors_.maxCoeff();
  double largest = -std::numeric_limits<double>::infinity();
  const auto matters = [&](Index row) {
    const double away = (z - static_cast<double>(labels[row])) / widest;
    return !(highest - 0.5 * away * away < largest + log_cut);
  };
  Index first = middle, last = middle;
  bool down = first > 0, up = last < n;
  while (down || up) {
    if (down) {
      largest = std::max(largest, log_weight(--first, label));
      down = first > 0 && matters(first - 1);
    }
    if (up) {
      largest = std::max(largest, log_weight(last++, label));
      up = last < n && matters(last);
    }
  }
  return {first, last};
}

KernelSlice KernelData::slice(const Vector& label) const {
  const auto [first, last] = candidates(label);
  Vector logs(last - first);
  for (Index i = first; i < last; ++i) logs[i - first] = log_weight(i, label);
  const double least = logs.maxCoeff() + log_cut;
  std::vector<Index> rows;
  for (Index i = first; i < last; ++i)
    if (logs[i - first] >= least) rows.push_back(i);

  Vector mean, scale;
  model_.frame.place(label.data(), mean, scale);
  Matrix points(static_cast<Index>(rows.size()), own_.cols());
  Vector kept(points.rows());
  for (Index i = 0; i < points.rows(); ++i) {
    const Index row = rows[static_cast<std::size_t>(i)];
    kept[i] = logs[row - first];
    if (follows_[static_cast<std::size_t>(row)]) {
      points.row(i) = own_.row(row);
    } else {
      for (Index j = 0; j < points.cols(); ++j)
        points(i, j) = (static_cast<double>(model_.features(row, j)) - mean[j]) / scale[j];
    }
  }
  return {points, kept, model_.smoothing};
}

}  // namespace liftwell
