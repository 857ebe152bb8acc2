// SPDX-License-Identifier: MIT
#include "score_models/state_frame.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/config/workflow.hpp"

namespace liftwell {
namespace {

/// z uniform on (-1, 1); x0 = z + 0.01 n, x1 = sin 3z + (0.1 + 0.05 z) n, x2 = 7.
struct Data {
  FloatMatrix states{20000, 3};
  FloatMatrix labels{20000, 1};
  Data() {
    RandomSequence random(RandomStream::named(9, {"frame data"}), 0);
    for (Index i = 0; i < states.rows(); ++i) {
      const double z = 2 * random.uniform() - 1;
      labels(i, 0) = static_cast<float>(z);
      states.row(i) << static_cast<float>(z + 0.01 * random.normal()),
          static_cast<float>(std::sin(3 * z) + (0.1 + 0.05 * z) * random.normal()), 7.0F;
    }
  }
};

const Vector no_period = Vector::Zero(1);

}  // namespace

TEST_CASE("Splines of the labels are positive, add up to one and stay at the edges", "[unit]") {
  Matrix range(2, 2);
  range << -1, 1, 0, 6;
  Vector period(2);
  period << 0, 6;
  const LabelBasis basis(range, period, 7);
  CHECK(basis.size() == 49);
  LabelBasis::Values values;
  RandomSequence random(RandomStream::named(1, {"labels"}), 0);
  for (int i = 0; i < 200; ++i) {
    const double label[] = {3 * random.uniform() - 1.5, 18 * random.uniform() - 6};
    basis.evaluate(label, values);
    double sum = 0;
    for (const auto& [index, value] : values) {
      CHECK((value >= 0 && index >= 0 && index < 49));
      sum += value;
    }
    CHECK(sum == Approx(1));
    LabelBasis::Values turned;
    const double again[] = {label[0], label[1] + 6};
    basis.evaluate(again, turned);
    for (std::size_t k = 0; k < values.size(); ++k) CHECK(turned[k].second == Approx(values[k].second).margin(1e-12));
  }
}

// 20,000 pairs over about 20 cells: means and variances within a cell of about 1000 have standard errors of
// 3 % and 4 % of the deviation; four are allowed. Seen to fail without the splines of the variance.
TEST_CASE("Standardised states have mean 0 and variance 1 at every coarse value", "[statistics]") {
  const Data data;
  const StateFrame frame(data.states, data.labels, no_period, nullptr, {});
  REQUIRE(frame.generated() == 2);
  const Matrix y = frame.standardised(data.states.cast<double>(), data.labels.cast<double>());
  for (double low = -1; low < 0.95; low += 0.1)
    for (Index k = 0; k < 2; ++k) {
      double count = 0, sum = 0, squares = 0;
      for (Index i = 0; i < y.rows(); ++i) {
        const auto z = static_cast<double>(data.labels(i, 0));
        if (z < low || z > low + 0.1) continue;
        ++count;
        sum += y(i, k);
        squares += y(i, k) * y(i, k);
      }
      INFO("from " << low << ", coordinate " << k);
      CHECK(sum / count == Approx(0).margin(4 / std::sqrt(count)));
      CHECK(squares / count == Approx(1).margin(4 * std::sqrt(2 / count) + 0.03));
    }
}

TEST_CASE("A frame and its inverse return the states, constant coordinates included", "[unit]") {
  const Data data;
  const StateFrame frame(data.states, data.labels, no_period, nullptr, {});
  const Matrix states = data.states.topRows(500).cast<double>();
  const Matrix labels = data.labels.topRows(500).cast<double>();
  const Matrix back = frame.states_of(frame.standardised(states, labels), labels);
  CHECK((back - states).cwiseAbs().maxCoeff() < 1e-6);
  // ln of the volume: by how much the map stretches, from its own differences.
  Matrix y = Matrix::Zero(3, 2);
  y(1, 0) = y(2, 1) = 1e-3;
  const Matrix there = frame.states_of(y, Matrix::Constant(3, 1, 0.4));
  const double first = (there.row(1) - there.row(0)).norm() / 1e-3,
               second = (there.row(2) - there.row(0)).norm() / 1e-3;
  CHECK(frame.log_volume(Matrix::Constant(1, 1, 0.4))[0] == Approx(std::log(first * second)).margin(1e-6));
}

TEST_CASE("A held coarse value is hit exactly", "[unit]") {
  const Data data;
  const auto variable = configure("coarse_variable", "{type: linear, weights: [1, -2, 0.5], offset: 3}");
  const CoarseMap coarse({Component<CoarseVariable>(variable)});
  const FloatMatrix labels = coarse.values(data.states.cast<double>()).cast<float>();
  const AffineCoarse form = affine_coarse(coarse, data.states.topRows(50).cast<double>(), "is not linear");
  const StateFrame frame(data.states, labels, no_period, &form, {});
  CHECK(frame.generated() == 1);  // of three coordinates one is held and one does not vary
  const Matrix y = Matrix::Random(50, 1);
  const Matrix wanted = Matrix::Random(50, 1);
  CHECK((coarse.values(frame.states_of(y, wanted)) - wanted).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("What leaves nothing to generate is said", "[unit]") {
  FloatMatrix states(100, 1), labels(100, 1);
  for (Index i = 0; i < 100; ++i) states(i, 0) = labels(i, 0) = static_cast<float>(i) * 0.01F;
  CHECK_THROWS_WITH(StateFrame(states, labels, no_period, nullptr, {}), Catch::Contains("nothing to generate"));
}

}  // namespace liftwell
