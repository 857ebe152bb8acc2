// SPDX-License-Identifier: MIT
// What energy_mlp promises beyond the contract: its output is the gradient of a function.
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "support/score_networks.hpp"

namespace liftwell {
namespace {

using testing::made_up;
using Vector64 = Eigen::VectorXd;

constexpr const char* yaml = "{type: energy_mlp, width: 40, depth: 3}";

Vector64 silu(const Vector64& u) { return u.array() / (1 + (-u.array()).exp()); }

/// phi as its documentation states it, in double precision, from the parameters alone.
class Energy {
 public:
  explicit Energy(const testing::ReadyNetwork& subject) : subject_(subject) {}

  [[nodiscard]] double operator()(const Vector64& x, const Vector64& z, double level) const {
    std::vector<double> input;
    with_features(x, 6, 1, input);
    with_features(z, 8, 2, input);
    for (const bool sine : {true, false}) features(level, 8, 1, sine, input);
    Vector64 h = silu(affine("0", Eigen::Map<Vector64>(input.data(), static_cast<Index>(input.size()))));
    for (const char* layer : {"1", "2"}) h += silu(affine(layer, h));
    return matrix("weight_3").row(0).dot(h);
  }

 private:
  static void features(double number, int count, double highest, bool sine, std::vector<double>& out) {
    for (int i = 0; i < count; ++i) {
      const double angle =
          2 * std::numbers::pi * 0.125 * std::pow(8 * highest, i / static_cast<double>(count - 1)) * number;
      out.push_back(sine ? std::sin(angle) : std::cos(angle));
    }
  }
  static void with_features(const Vector64& numbers, int count, double highest, std::vector<double>& out) {
    out.insert(out.end(), numbers.data(), numbers.data() + numbers.size());
    for (const double number : numbers)
      for (const bool sine : {true, false}) features(number, count, highest, sine, out);
  }
  [[nodiscard]] Eigen::MatrixXd matrix(const std::string& name) const {
    for (const NetworkTensor& tensor : subject_.network->tensors())
      if (tensor.name == name)
        return Eigen::Map<const FloatMatrix>(subject_.parameters.data() + tensor.offset, tensor.shape[0],
                                             tensor.shape.size() > 1 ? tensor.shape[1] : 1)
            .cast<double>();
    throw std::runtime_error("no tensor " + name);
  }
  [[nodiscard]] Vector64 affine(const std::string& layer, const Vector64& input) const {
    return matrix("weight_" + layer) * input + matrix("bias_" + layer).col(0);
  }

  const testing::ReadyNetwork& subject_;
};

}  // namespace

// Central differences of an independent phi in double precision leave 1e-8, single precision 1e-6. Seen to
// fail when the features of the state are left out of the derivative.
TEST_CASE("The energy MLP is the gradient of its energy", "[unit]") {
  const auto subject = testing::ready_network(yaml, {2, 1, {}});
  const Energy phi(subject);
  const FloatMatrix x = made_up(20, 2, "x");
  const FloatMatrix z = made_up(20, 1, "z");
  FloatMatrix out;
  subject.network->pass(20)->evaluate(x, z, -0.3F, out);
  const double size = static_cast<double>(out.cwiseAbs().maxCoeff());
  CHECK(size > 0.5);
  for (Index r = 0; r < 20; ++r)
    for (Index i = 0; i < 2; ++i) {
      const auto moved = [&](double by) {
        Vector64 at = x.row(r).cast<double>();
        at[i] += by;
        return phi(at, z.row(r).cast<double>(), static_cast<double>(-0.3F));
      };
      CHECK(static_cast<double>(out(r, i)) == Approx((moved(1e-4) - moved(-1e-4)) / 2e-4).margin(5e-6 * size));
    }
}

// Two rows of the Hessian of phi by different directions: equal up to rounding in single precision.
TEST_CASE("The energy MLP's Jacobian is symmetric", "[unit]") {
  for (const Index dimension : {3, 6}) {
    INFO(dimension << " coordinates");
    const auto [network, parameters] = testing::ready_network(yaml, {dimension, 1, {}});
    const auto pass = network->pass(25);
    FloatMatrix out;
    pass->forward(made_up(25, dimension, "x"), made_up(25, 1, "z"), testing::made_up_levels(25), out);
    std::vector<FloatMatrix> columns(static_cast<std::size_t>(dimension));
    for (Index i = 0; i < dimension; ++i) {
      FloatMatrix unit = FloatMatrix::Zero(25, dimension);
      unit.col(i).setOnes();
      pass->tangent(unit, columns[static_cast<std::size_t>(i)]);
    }
    const float size = columns[0].cwiseAbs().maxCoeff();
    for (Index i = 0; i < dimension; ++i)
      for (Index j = 0; j < i; ++j) {
        const auto a = columns[static_cast<std::size_t>(i)].col(j);
        const auto b = columns[static_cast<std::size_t>(j)].col(i);
        CHECK(a.cwiseAbs().maxCoeff() > 1e-3F * size);
        CHECK((a - b).cwiseAbs().maxCoeff() < 5e-6F * size);
      }
  }
}

}  // namespace liftwell
