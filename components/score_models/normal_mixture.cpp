// SPDX-License-Identifier: MIT
#include "normal_mixture.hpp"

#include <cmath>
#include <numbers>

#include "affine_coarse.hpp"
#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

const double log_two_pi = std::log(2 * std::numbers::pi);

/// exp of entries relative to their largest, normalised; returns ln Σ exp.
double normalise(Vector& logs) {
  const double largest = logs.maxCoeff();
  double sum = 0;
  for (double& value : logs) sum += value = std::exp(value - largest);
  logs /= sum;
  return largest + std::log(sum);
}

}  // namespace

DiffusedMixture::DiffusedMixture(Vector log_weights, const Matrix& means, const std::vector<Matrix>& covariances)
    : log_weights_(std::move(log_weights)), means_(means), variances_(means.rows(), means.cols()) {
  Vector weights = log_weights_;
  log_weights_.array() -= normalise(weights);
  for (Index k = 0; k < means_.rows(); ++k) {
    SymmetricEigen modes = symmetric_eigen(covariances[static_cast<std::size_t>(k)]);
    axes_.push_back(std::move(modes.vectors));
    variances_.row(k) = modes.values.cwiseMax(0.0).transpose();
  }
}

void DiffusedMixture::evaluate(const Vector& y, double noise_level, Point& out) const {
  const Index count = means_.rows(), d = dimension();
  out.variance = noise_level * noise_level;
  out.shares.resize(count);
  out.pulls.resize(count, d);
  out.turned.resize(count, d);
  for (Index k = 0; k < count; ++k) {
    const Matrix& q = axes_[static_cast<std::size_t>(k)];
    out.turned.row(k).noalias() = (y - means_.row(k).transpose()).transpose() * q;
    double exponent = log_weights_[k];
    for (Index j = 0; j < d; ++j) {
      const double variance = variances_(k, j) + out.variance;
      exponent -= 0.5 * (out.turned(k, j) * out.turned(k, j) / variance + std::log(variance) + log_two_pi);
      out.turned(k, j) /= -variance;
    }
    out.pulls.row(k).noalias() = out.turned.row(k) * q.transpose();
    out.shares[k] = exponent;
  }
  out.log_density = normalise(out.shares);
  out.score.noalias() = out.pulls.transpose() * out.shares;
}

Vector DiffusedMixture::along(const Point& point, const Vector& direction) const {
  Vector out = -point.score * point.score.dot(direction);
  for (Index k = 0; k < means_.rows(); ++k) {
    const Matrix& q = axes_[static_cast<std::size_t>(k)];
    Vector turned = q.transpose() * direction;
    for (Index j = 0; j < dimension(); ++j) turned[j] /= variances_(k, j) + point.variance;
    const double projected = point.pulls.row(k).dot(direction);
    out += point.shares[k] * (point.pulls.row(k).transpose() * projected - q * turned);
  }
  return out;
}

Vector ConditionalMixture::standardised(const Vector& state) const {
  const Vector away = free.transpose() * (state - origin) - mean;
  return whitening * away;
}

Vector ConditionalMixture::state_of(const Vector& y) const {
  const Vector inside = mean + factor * y;
  return origin + free * inside;
}

double ConditionalMixture::log_volume() const { return factor.diagonal().array().log().sum(); }

double ConditionalMixture::log_density(const Vector& state, double noise_level) const {
  DiffusedMixture::Point point;
  standard.evaluate(standardised(state), noise_level, point);
  return point.log_density - log_volume();
}

Matrix ObservedMixture::label_range() const {
  Matrix out(coarse(), 2);
  for (Index k = 0; k < components(); ++k) {
    const Vector centre = slopes * means.row(k).transpose() + offset;
    const Matrix spread = slopes * covariances[static_cast<std::size_t>(k)] * slopes.transpose();
    for (Index v = 0; v < coarse(); ++v) {
      const double reach = 6 * std::sqrt(spread(v, v) + label_noise[v] * label_noise[v]);
      out(v, 0) = k == 0 ? centre[v] - reach : std::min(out(v, 0), centre[v] - reach);
      out(v, 1) = k == 0 ? centre[v] + reach : std::max(out(v, 1), centre[v] + reach);
    }
  }
  return out;
}

ConditionalMixture ObservedMixture::given(const Vector& label) const {
  std::vector<Index> held;
  for (Index v = 0; v < coarse(); ++v)
    if (label_noise[v] == 0) held.push_back(v);
  const Matrix held_slopes = slopes(held, Eigen::all);
  ConditionalMixture out;
  out.origin = Vector::Zero(dimension());
  if (!held.empty()) out.origin = smallest_with(held_slopes) * Vector((label - offset)(held));
  out.free = directions_left(held_slopes);

  const Index generated = out.free.cols();
  const Matrix noise = label_noise.array().square().matrix().asDiagonal();
  Vector log_weights(components());
  Matrix centres(components(), generated);
  std::vector<Matrix> spreads;
  for (Index k = 0; k < components(); ++k) {
    const Matrix& c = covariances[static_cast<std::size_t>(k)];
    const Vector m = means.row(k).transpose();
    const Vector surprise = label - offset - slopes * m;
    const Matrix evidence = slopes * c * slopes.transpose() + noise;
    const Matrix gain = SymmetricFactor(evidence).solve(slopes * c).transpose();
    const Matrix lower = cholesky(evidence).value();
    const Vector scaled = solve_lower(lower, surprise);
    log_weights[k] = std::log(weights[k]) - 0.5 * scaled.squaredNorm() - lower.diagonal().array().log().sum();
    centres.row(k) = (out.free.transpose() * (m + gain * surprise - out.origin)).transpose();
    // Joseph's form: a sum of squares, positive whatever the rounding.
    const Matrix left = out.free.transpose() * (Matrix::Identity(dimension(), dimension()) - gain * slopes);
    const Matrix turned_gain = out.free.transpose() * gain;
    spreads.emplace_back(left * c * left.transpose() + turned_gain * noise * turned_gain.transpose());
  }

  Vector shares = log_weights;
  normalise(shares);
  out.mean = centres.transpose() * shares;
  Matrix covariance = Matrix::Zero(generated, generated);
  for (Index k = 0; k < components(); ++k) {
    centres.row(k) -= out.mean.transpose();
    covariance += shares[k] * (spreads[static_cast<std::size_t>(k)] + centres.row(k).transpose() * centres.row(k));
  }
  out.factor = cholesky(covariance).value();
  out.whitening = solve_lower(out.factor, Matrix::Identity(generated, generated));
  for (Matrix& spread : spreads) spread = out.whitening * spread * out.whitening.transpose();
  out.standard = DiffusedMixture(log_weights, centres * out.whitening.transpose(), spreads);
  return out;
}

}  // namespace liftwell
