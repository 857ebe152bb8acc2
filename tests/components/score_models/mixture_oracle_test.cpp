// SPDX-License-Identifier: MIT
#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "score_models/mixture_oracle_model.hpp"
#include "support/evaluated.hpp"
#include "support/temporary_folder.hpp"

namespace liftwell {
namespace {

using testing::make;

const RandomStream stream = RandomStream::named(1, {"fit"});
const RandomStream draws = RandomStream::named(1, {"draws"});

/// Two components in three dimensions with covariances, conditioned on a slanted direction.
std::string slanted(const std::string& more) {
  return "{type: mixture_oracle, weights: [1, 2], means: [[-1, 0, 0.5], [0.5, 1, -0.5]], covariances: [[0.5, 0.2, "
         "0, 0.2, 0.4, 0.1, 0, 0.1, 0.3], [0.3, -0.1, 0.05, -0.1, 0.6, 0, 0.05, 0, 0.2]], condition: {type: linear, "
         "weights: [0.6, 0.8, 0], offset: 0.3}, noise: {type: variance_exploding, sigma_min: 1.0e-3, sigma_max: 500}" +
         more + "}";
}

struct Trained {
  std::unique_ptr<TrainedScoreModel> model;
  ObservedMixture law;
};

Trained trained(const std::string& yaml, Index dimension = 3) {
  const testing::TemporaryFolder folder;
  const Executor executor(1);
  const auto recipe = make<ScoreModel>(yaml);
  TrainingData data;
  data.states = FloatMatrix::Zero(1, dimension);
  auto training = recipe->start_training(std::move(data), stream, executor);
  CHECK(training->advance([](const TrainingProgress&) { return false; }));
  training->write_model(folder.path());
  return {recipe->load(folder.path()), MixtureOracleModel::load(folder / "model.h5").law};
}

double log_normal(const Vector& away, const Matrix& covariance) {
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  const Matrix lower = factor.matrixL();
  return -0.5 * away.dot(Vector(factor.solve(away))) - lower.diagonal().array().log().sum() -
         0.5 * static_cast<double>(away.size()) * std::log(2 * M_PI);
}

/// ln p(x, z) of the joint law without conditioning: an independent way to ln p(x | z) up to a constant.
double log_joint(const ObservedMixture& law, const Vector& x, const Vector& z) {
  double sum = 0;
  for (Index k = 0; k < law.components(); ++k)
    sum += law.weights[k] *
           std::exp(log_normal(x - law.means.row(k).transpose(), law.covariances[static_cast<std::size_t>(k)]));
  double out = std::log(sum);
  for (Index v = 0; v < law.coarse(); ++v)
    if (law.label_noise[v] > 0)
      out -= 0.5 * std::pow((z[v] - law.offset[v] - law.slopes.row(v).dot(x)) / law.label_noise[v], 2);
  return out;
}

}  // namespace

// Seen to fail with the observation's own noise left out of the covariance of a component.
TEST_CASE("The conditional law of the oracle is the joint law, normalised", "[unit]") {
  const double sigma = GENERATE(0.0, 0.2);
  INFO("label noise " << sigma);
  const ObservedMixture law = trained(slanted(", label_noise: " + std::to_string(sigma))).law;
  const Vector z = Vector::Constant(1, 0.7);
  const ConditionalMixture given = law.given(z);
  CHECK(given.mean.size() == (sigma > 0 ? 3 : 2));
  RandomSequence random(RandomStream::named(2, {"states"}), 0);
  double constant = 0;
  for (int i = 0; i < 20; ++i) {
    Vector y(given.mean.size());
    for (double& value : y) value = random.normal();
    const Vector x = given.state_of(y);
    CHECK((given.standardised(x) - y).norm() < 1e-12);
    if (sigma == 0) CHECK((law.slopes * x + law.offset - z).norm() < 1e-13);
    const double difference = given.log_density(x, 0) - log_joint(law, x, z);
    if (i == 0) constant = difference;
    CHECK(difference == Approx(constant).margin(1e-11));
  }
}

TEST_CASE("The oracle's score and its derivative are those of differences of its log density", "[unit]") {
  const std::string noise = GENERATE("0", "0.2");
  const ConditionalMixture given = trained(slanted(", label_noise: " + noise)).law.given(Vector::Constant(1, 0.4));
  const Index d = given.mean.size();
  DiffusedMixture::Point point, ahead, behind;
  for (const double r : {0.0, 0.1, 2.0}) {
    const Vector y = Vector::LinSpaced(d, -0.7, 0.9);
    given.standard.evaluate(y, r, point);
    for (Index j = 0; j < d; ++j) {
      constexpr double h = 1e-5;
      const Vector step = h * Vector::Unit(d, j);
      given.standard.evaluate(y + step, r, ahead);
      given.standard.evaluate(y - step, r, behind);
      CHECK(point.score[j] == Approx((ahead.log_density - behind.log_density) / (2 * h)).margin(1e-8));
      const Vector slope = (ahead.score - behind.score) / (2 * h);
      CHECK((given.standard.along(point, Vector::Unit(d, j)) - slope).norm() < 1e-7);
    }
  }
}

// The flow starts from a normal law of the right mean and variance, 500 times wider than the data; what is
// left is of the order of skewness/500³. Compared with the law at the last noise level, which is what is drawn.
TEST_CASE("The density along the probability flow is the closed form", "[statistics]") {
  const std::string noise = GENERATE("0", "0.2");
  INFO("label noise " << noise);
  const Trained oracle = trained(slanted(", label_noise: " + noise));
  const Executor executor(2);
  const auto method = make<Sampler>("{type: dormand_prince, relative_tolerance: 1.0e-9, absolute_tolerance: 1.0e-9}");
  const Index count = 40;
  Matrix labels(count, 1);
  for (Index i = 0; i < count; ++i) labels(i, 0) = -1 + 0.05 * static_cast<double>(i);
  std::int64_t evaluations = 0;
  const Matrix states = oracle.model->draw(*method, labels, draws, 0, executor, evaluations);
  const LogDensity found = oracle.model->log_density(*method->ode(), states, labels, {}, 0, executor, evaluations);
  for (Index i = 0; i < count; ++i)
    CHECK(
        found.value[i] ==
        Approx(oracle.law.given(labels.row(i).transpose()).log_density(states.row(i).transpose(), 1e-3)).margin(1e-6));
}

// 20,000 draws: mean and covariance of the generated coordinates within four standard errors, taken from the exact
// variance and from the scatter of the draws' own products. The exact values are those that the first test holds
// against the joint law.
TEST_CASE("Draws of the adaptive sampler with the oracle have the exact conditional law", "[statistics]") {
  const std::string noise = GENERATE("0", "0.2");
  INFO("label noise " << noise);
  const Trained oracle = trained(slanted(", label_noise: " + noise));
  const Executor executor(2);
  const Index count = 20000;
  const double z = 0.2;
  std::int64_t evaluations = 0;
  const Matrix states =
      oracle.model->draw(*make<Sampler>("{type: dormand_prince, relative_tolerance: 1e-4, absolute_tolerance: 1e-4}"),
                         Matrix::Constant(count, 1, z), draws, 0, executor, evaluations);
  if (noise == "0")
    CHECK(((states * oracle.law.slopes.transpose()).array() + oracle.law.offset[0] - z).abs().maxCoeff() < 1e-12);
  const ConditionalMixture given = oracle.law.given(Vector::Constant(1, z));
  const Index d = given.mean.size();
  const auto n = static_cast<double>(count);
  const Matrix y = ((states.rowwise() - given.origin.transpose()) * given.free).rowwise() - given.mean.transpose();
  const Matrix exact = given.factor * given.factor.transpose();
  for (Index i = 0; i < d; ++i) {
    CHECK(std::abs(y.col(i).mean()) < 4 * std::sqrt(exact(i, i) / n));
    for (Index j = 0; j <= i; ++j) {
      const Eigen::ArrayXd product = y.col(i).array() * y.col(j).array();
      const double error = std::sqrt((product - product.mean()).square().mean() / n);
      CHECK(std::abs(product.mean() - exact(i, j)) < 4 * error);
    }
  }
}

TEST_CASE("A held label is the limit of small label noise", "[unit]") {
  const Vector z = Vector::Constant(1, 0.5);
  const ConditionalMixture exact = trained(slanted("")).law.given(z);
  const ConditionalMixture near = trained(slanted(", label_noise: 1e-5")).law.given(z);
  CHECK((exact.state_of(Vector::Zero(2)) - near.state_of(Vector::Zero(3))).norm() < 1e-7);
}

TEST_CASE("Two coarse variables may be one held and one noisy", "[unit]") {
  const Trained oracle = trained(
      "{type: mixture_oracle, noise: {type: variance_preserving}, weights: 1, means: [[0, 1, 2]], sigmas: [[1, 2, 3]], "
      "condition: [{type: coordinate, index: 0}, {type: coordinate, index: 1}], label_noise: [0, 2]}");
  Vector z(2);
  z << 0.5, 3;
  const ConditionalMixture given = oracle.law.given(z);
  // Precision-weighted mean of N(1, 2²) and an observation 3 ± 2; the third coordinate knows nothing.
  const Vector mean = given.state_of(Vector::Zero(2));
  CHECK(mean[0] == Approx(0.5));
  CHECK(mean[1] == Approx(2));
  CHECK(mean[2] == Approx(2));
  CHECK(given.log_volume() == Approx(std::log(std::sqrt(2.0) * 3)));
}

TEST_CASE("The oracle says what is wrong with its input in one line", "[unit]") {
  const auto message = [](const std::string& yaml, Index dimension = 2) {
    try {
      (void)trained(yaml, dimension);
      return std::string("nothing was thrown");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
  };
  const auto plane = [](const std::string& more) {
    return "{type: mixture_oracle, noise: {type: variance_exploding}, weights: [1, 1], means: [[0, 0], [1, 1]], " +
           more + "}";
  };
  CHECK_THAT(message(plane("sigmas: 1, condition: {type: coordinate, index: 0}"), 3),
             Catch::Contains("mixture_oracle has 2 dimensions, the states have 3"));
  CHECK_THAT(message(plane("sigmas: 1, condition: {type: coordinate, index: 4}")),
             Catch::Contains("mixture_oracle") && Catch::Contains("index 4"));
  CHECK_THAT(message(plane("sigmas: 1, condition: [{type: coordinate, index: 0}, {type: coordinate, index: 1}]")),
             Catch::Contains("nothing to generate") && Catch::Contains("label_noise"));
  CHECK_THAT(message(plane("sigmas: 1, condition: [{type: coordinate, index: 0}, {type: linear, weights: [2, 0]}], "
                           "label_noise: 1")),
             Catch::Contains("not independent"));
  CHECK_THAT(message(plane("condition: {type: coordinate, index: 0}")), Catch::Contains("exactly one of them"));
  CHECK_THAT(message(plane("covariances: [[1, 2, 2, 1]], condition: {type: coordinate, index: 0}")),
             Catch::Contains("positive definite"));
  CHECK_THAT(message(plane("covariances: [[1, 2]], condition: {type: coordinate, index: 0}")),
             Catch::Contains("4 numbers"));
  CHECK_THAT(message(plane("sigmas: [[1, 2, 3]], condition: {type: coordinate, index: 0}")),
             Catch::Contains("1 or 2 numbers"));
}

}  // namespace liftwell
