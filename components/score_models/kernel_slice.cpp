// SPDX-License-Identifier: MIT
#include "kernel_slice.hpp"

#include <cmath>
#include <numbers>

namespace liftwell {

double silverman_width(double count, Index dimension) {
  const auto d = static_cast<double>(dimension);
  return std::pow(4 / ((d + 2) * count), 1 / (d + 4));
}

KernelSlice::KernelSlice(const Matrix& points, const Vector& log_weights, double smoothing)
    : points_(points), log_weights_(log_weights) {
  const double largest = log_weights_.maxCoeff();
  const Eigen::ArrayXd weights = (log_weights_ - largest).exp();
  const double sum = weights.sum();
  log_weights_ -= largest + std::log(sum);
  effective_size_ = sum * sum / weights.square().sum();
  smoothing_ = smoothing < 0 ? silverman_width(effective_size_, points.cols()) : smoothing;
}

void KernelSlice::evaluate(const Vector& y, double noise_level, Point& out) const {
  const Index d = points_.cols();
  out.variance = noise_level * noise_level + smoothing_ * smoothing_;
  const double scale = 0.5 / out.variance;
  out.shares = log_weights_;
  for (Index j = 0; j < d; ++j) out.shares -= (points_.col(j).array() - y[j]).square() * scale;
  const double largest = out.shares.maxCoeff();
  out.shares = (out.shares - largest).exp();
  const double sum = out.shares.sum();
  out.shares /= sum;
  out.mean.resize(d);
  for (Index j = 0; j < d; ++j) out.mean[j] = (points_.col(j).array() * out.shares).sum();
  out.score = (out.mean - y) / out.variance;
  out.log_density =
      largest + std::log(sum) - 0.5 * static_cast<double>(d) * std::log(2 * std::numbers::pi * out.variance);
}

void KernelSlice::along(Point& point, const Vector& direction, Vector& out) const {
  const Index d = points_.cols();
  point.projected.setZero(points_.rows());
  for (Index j = 0; j < d; ++j) point.projected += (points_.col(j).array() - point.mean[j]) * direction[j];
  point.projected *= point.shares;
  out.resize(d);
  for (Index j = 0; j < d; ++j) {
    const double covariance = ((points_.col(j).array() - point.mean[j]) * point.projected).sum();
    out[j] = (covariance / point.variance - direction[j]) / point.variance;
  }
}

}  // namespace liftwell
