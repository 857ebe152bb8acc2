// SPDX-License-Identifier: MIT
// Densities along the probability flow, with exact scores in place of learned ones.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/sampler.hpp"
#include "support/mixture_score.hpp"

namespace liftwell {
namespace {

using testing::MixtureScore;

std::unique_ptr<NoiseProcess> noise_of(const std::string& yaml) {
  return build<NoiseProcess>(*configure("noise_process", yaml));
}

const std::unique_ptr<Sampler> fine =
    build<Sampler>(*configure("sampler", "{type: dormand_prince, relative_tolerance: 1e-9, absolute_tolerance: 1e-9}"));

Matrix points(Index rows, Index columns) {
  RandomSequence random(RandomStream::named(2, {"points"}), 0);
  Matrix out(rows, columns);
  for (Index i = 0; i < out.size(); ++i) out.data()[i] = 0.5 * random.normal();
  return out;
}

}  // namespace

// Seen to fail with the sign of the divergence turned, with the start's variance r_max^2 instead of
// 1 + r_max^2 only where r_max is small, and with alpha once instead of twice in the divergence.
TEST_CASE("The flow carries a Gaussian's density to 1e-6", "[unit]") {
  for (const char* yaml : {"{type: variance_exploding, sigma_min: 0.001, sigma_max: 1e6}",
                           "{type: variance_preserving, beta_max: 60, first_time: 1e-5}"}) {
    INFO(yaml);
    const auto noise = noise_of(yaml);
    const MixtureScore field(*noise, {{{1, 0.3, 0.6}}, {{1, -0.2, 1.4}}});
    const Matrix y = points(20, 2);
    const ProbabilityFlow flow(field, *noise, 2, {}, 0, y.rows());
    const LogDensity found = log_density(*fine->ode(), flow, y);
    const double level = noise->noise_level(noise->first_time());
    for (Index i = 0; i < y.rows(); ++i) {
      // Draws end at r_min, where the law still carries that noise.
      double exact = 0;
      for (const auto& [k, mean, deviation] : {std::tuple{0, 0.3, 0.6}, std::tuple{1, -0.2, 1.4}}) {
        const double variance = deviation * deviation + level * level;
        exact -= 0.5 * std::log(2 * 3.14159265358979324 * variance) + std::pow(y(i, k) - mean, 2) / (2 * variance);
      }
      CHECK(found.value[i] == Approx(exact).margin(1e-6));
      CHECK(found.standard_error[i] == 0);
    }
  }
}

TEST_CASE("Hutchinson's estimate has the density within its own error", "[statistics]") {
  const auto noise = noise_of("{type: variance_exploding, sigma_min: 0.01, sigma_max: 100}");
  // A rotated law, so that random signs do not give the divergence exactly.
  class Rotated final : public ScoreField {
   public:
    explicit Rotated(const NoiseProcess& noise) : inner_(noise, {{{1, 0.0, 0.3}}, {{1, 0.0, 1.2}}}) {
      turn_ << 0.8, 0.6, -0.6, 0.8;
    }
    void score(const Matrix& x, const Times& t, Matrix& score) const override {
      inner_.score(x * turn_, t, score);
      score = Matrix(score * turn_.transpose());
    }
    void score_along(const Matrix& x, const Times& t, const std::vector<Matrix>& directions, Matrix& score,
                     std::vector<Matrix>& along) const override {
      std::vector<Matrix> turned;
      for (const Matrix& direction : directions) turned.emplace_back(direction * turn_);
      inner_.score_along(x * turn_, t, turned, score, along);
      score = Matrix(score * turn_.transpose());
      for (Matrix& one : along) one = Matrix(one * turn_.transpose());
    }

   private:
    MixtureScore inner_;
    Matrix turn_{2, 2};
  };
  const Rotated field(*noise);
  const auto sampler = build<Sampler>(*configure("sampler", "{type: heun, steps: 200}"));
  const Matrix y = points(200, 2);
  const LogDensity exact = log_density(*sampler->ode(), ProbabilityFlow(field, *noise, 2, {}, 0, y.rows()), y);
  const LogDensity guess = log_density(
      *sampler->ode(), ProbabilityFlow(field, *noise, 2, {32, RandomStream::named(5, {"signs"})}, 0, y.rows()), y);
  double squares = 0;
  for (Index i = 0; i < y.rows(); ++i)
    squares += std::pow((guess.value[i] - exact.value[i]) / guess.standard_error[i], 2) / 200;
  // Means of squared t values of 31 degrees of freedom: 31/29, with a standard error of about 0.12.
  CHECK(squares == Approx(31.0 / 29).margin(0.5));
  CHECK(guess.standard_error.minCoeff() > 0);
}

TEST_CASE("Drawing and going back are inverse to each other", "[unit]") {
  const auto noise = noise_of("{type: variance_exploding}");
  const MixtureScore field(*noise, {{{0.7, -0.65, 0.15}, {0.3, 1.5, 0.25}}});
  const ProbabilityFlow flow(field, *noise, 1);
  const double high = noise->noise_level(1), low = noise->noise_level(0);
  const Matrix start = 50 * points(50, 1);
  Matrix state = start;
  fine->ode()->integrate(flow, high, low, state);
  fine->ode()->integrate(flow, low, high, state);
  CHECK((state - start).cwiseAbs().maxCoeff() < 1e-6);
}

}  // namespace liftwell
