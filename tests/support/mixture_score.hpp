// SPDX-License-Identifier: MIT
// An exact score: independent coordinates, each a mixture of normal laws, at every time of a noise process.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "liftwell/families/noise_process.hpp"
#include "liftwell/families/score_field.hpp"

namespace liftwell::testing {

struct Mode {
  double weight, mean, deviation;
};
using Mixture = std::vector<Mode>;

/// Under x_t = alpha x_0 + sigma n a mode N(m, d^2) becomes N(alpha m, alpha^2 d^2 + sigma^2).
class MixtureScore final : public ScoreField {
 public:
  MixtureScore(const NoiseProcess& noise, std::vector<Mixture> coordinates)
      : noise_(noise), coordinates_(std::move(coordinates)) {}

  void score(const Matrix& x, const Times& t, Matrix& score) const override {
    score.resize(x.rows(), x.cols());
    for (Index i = 0; i < x.rows(); ++i)
      for (Index k = 0; k < x.cols(); ++k) score(i, k) = at(x(i, k), t[i], k).score;
  }

  void score_along(const Matrix& x, const Times& t, const std::vector<Matrix>& directions, Matrix& score,
                   std::vector<Matrix>& along) const override {
    this->score(x, t, score);
    along.resize(directions.size());
    for (std::size_t d = 0; d < directions.size(); ++d) {
      along[d].resize(x.rows(), x.cols());
      for (Index i = 0; i < x.rows(); ++i)
        for (Index k = 0; k < x.cols(); ++k) along[d](i, k) = at(x(i, k), t[i], k).slope * directions[d](i, k);
    }
  }

  /// ln of the density at t = 0.
  [[nodiscard]] double log_density(const Eigen::RowVectorXd& x) const {
    double sum = 0;
    for (Index k = 0; k < x.size(); ++k) {
      double density = 0;
      for (const Mode& mode : coordinates_[static_cast<std::size_t>(k)])
        density += mode.weight / mode.deviation * std::exp(-0.5 * std::pow((x[k] - mode.mean) / mode.deviation, 2)) /
                   std::sqrt(2 * std::numbers::pi);
      sum += std::log(density);
    }
    return sum;
  }

 private:
  struct Value {
    double score, slope;
  };
  [[nodiscard]] Value at(double x, double t, Index k) const {
    const double alpha = noise_.alpha(t);
    const double sigma = noise_.sigma(t);
    const Mixture& modes = coordinates_[static_cast<std::size_t>(k)];
    double nearest = 1e300;
    const auto exponent = [&](const Mode& mode, double variance) {
      return std::pow(x - alpha * mode.mean, 2) / (2 * variance);
    };
    const auto variance_of = [&](const Mode& mode) {
      return alpha * alpha * mode.deviation * mode.deviation + sigma * sigma;
    };
    for (const Mode& mode : modes) nearest = std::min(nearest, exponent(mode, variance_of(mode)));
    double density = 0, first = 0, second = 0;
    for (const Mode& mode : modes) {
      const double variance = variance_of(mode);
      const double pull = -(x - alpha * mode.mean) / variance;
      const double weight = mode.weight / std::sqrt(variance) * std::exp(nearest - exponent(mode, variance));
      density += weight;
      first += weight * pull;
      second += weight * (pull * pull - 1 / variance);
    }
    const double score = first / density;
    return {score, second / density - score * score};
  }

  const NoiseProcess& noise_;
  std::vector<Mixture> coordinates_;
};

}  // namespace liftwell::testing
