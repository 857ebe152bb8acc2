// SPDX-License-Identifier: MIT
#include "liftwell/families/probability_flow.hpp"

#include <cmath>
#include <numbers>

namespace liftwell {

namespace {

/// ln of the normal law of this variance around 0, wrapped on a circle of 2 pi (Mardia and Jupp, Directional
/// Statistics, 2000, equation 3.5.63): by its Fourier series, whose terms fall as exp(−m² variance/2); variances
/// here are above 1.
double log_wrapped_normal(double angle, double variance) {
  double sum = 1;
  for (int m = 1; m * m * variance < 80; ++m) sum += 2 * std::exp(-m * m * variance / 2) * std::cos(m * angle);
  return std::log(sum / (2 * std::numbers::pi));
}

}  // namespace

ProbabilityFlow::ProbabilityFlow(const ScoreField& field, const NoiseProcess& noise, Index dimension)
    : field_(field), noise_(noise), dimension_(dimension) {}

ProbabilityFlow::ProbabilityFlow(const ScoreField& field, const NoiseProcess& noise, Index dimension,
                                 const Divergence& divergence, std::uint32_t first_sample, Index samples)
    : ProbabilityFlow(field, noise, dimension) {
  if (!divergence.wanted) return;
  exact_ = divergence.probes == 0;
  divergence_columns_ = exact_ ? 1 : divergence.probes;
  if (exact_) {
    for (Index k = 0; k < dimension; ++k) {
      Matrix unit = Matrix::Zero(samples, dimension);
      unit.col(k).setOnes();
      directions_.push_back(std::move(unit));
    }
    return;
  }
  directions_.assign(static_cast<std::size_t>(divergence.probes), Matrix(samples, dimension));
  for (Index i = 0; i < samples; ++i) {
    RandomSequence random(divergence.stream, first_sample + static_cast<std::uint32_t>(i));
    for (Matrix& direction : directions_)
      for (Index k = 0; k < dimension; ++k) direction(i, k) = (random() >> 63) == 0 ? 1 : -1;
  }
}

void ProbabilityFlow::slope(const Matrix& state, const Times& r, Matrix& out) const {
  const Index rows = state.rows();
  out.resize(rows, columns());
  x_ = state.leftCols(dimension_);
  ++evaluations_;
  if (r.shared()) {
    const double t = noise_.time_at(r[0]);
    times_.setConstant(rows, t);
    x_ *= noise_.alpha(t);
  } else {
    times_.resize(rows);
    for (Index i = 0; i < rows; ++i) {
      times_[i] = noise_.time_at(r[i]);
      x_.row(i) *= noise_.alpha(times_[i]);
    }
  }
  const Times times = r.shared() ? Times(times_[0]) : Times(times_);
  if (density_columns() == 0) {
    field_.score(x_, times, score_);
  } else {
    field_.score_along(x_, times, directions_, score_, along_);
  }
  for (Index i = 0; i < rows; ++i) {
    const double alpha = noise_.alpha(times_[i]);
    out.row(i).head(dimension_) = -r[i] * alpha * score_.row(i);
    // s_y(y) = alpha s(alpha y), so its derivative has alpha twice.
    const double scale = r[i] * alpha * alpha;
    if (density_columns() == 0) continue;
    if (exact_) {
      double sum = 0;
      for (Index k = 0; k < dimension_; ++k) sum += along_[static_cast<std::size_t>(k)](i, k);
      out(i, dimension_) = scale * sum;
    } else {
      for (Index p = 0; p < density_columns(); ++p)
        out(i, dimension_ + p) =
            scale * directions_[static_cast<std::size_t>(p)].row(i).dot(along_[static_cast<std::size_t>(p)].row(i));
    }
  }
}

Vector ProbabilityFlow::log_start_density(const Matrix& state) const {
  const double level = noise_.noise_level(1);
  const double variance = 1 + level * level;
  Vector out = (state.leftCols(dimension_).rowwise().squaredNorm() / (-2 * variance)).array() -
               0.5 * static_cast<double>(dimension_) * std::log(2 * std::numbers::pi * variance);
  for (const Index angle : field_.angles())
    for (Index i = 0; i < out.size(); ++i) {
      const double y = state(i, angle);
      out[i] += 0.5 * (y * y / variance + std::log(2 * std::numbers::pi * variance)) + log_wrapped_normal(y, variance);
    }
  return out;
}

}  // namespace liftwell
