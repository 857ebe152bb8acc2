// SPDX-License-Identifier: MIT
// The network against itself; residual_mlp_torch_test.cpp holds it equal to LibTorch.
#include <catch2/catch.hpp>
#include <cmath>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_network.hpp"

namespace liftwell {
namespace {

struct Subject {
  std::unique_ptr<Network> network;
  std::vector<float> parameters;
};

Subject make(const std::string& yaml, Index dimension, Index condition) {
  Subject out{build<ScoreNetwork>(*configure("score_network", yaml))->create({dimension, condition, {}}), {}};
  out.parameters = out.network->initial_parameters(RandomStream::named(5, {"weights"}));
  // The last layer starts at zero; tests want it to do something.
  RandomSequence random(RandomStream::named(6, {"last layer"}), 0);
  for (float& p : out.parameters)
    if (p == 0) p = static_cast<float>(0.2 * random.normal());
  out.network->set_parameters(out.parameters.data());
  return out;
}

FloatMatrix made_up(Index rows, Index columns, const char* name) {
  RandomSequence random(RandomStream::named(3, {name}), 0);
  FloatMatrix out(rows, columns);
  for (Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<float>(random.normal());
  return out;
}

}  // namespace

TEST_CASE("A residual MLP gives the same scores whether the level is shared or per sample", "[unit]") {
  const auto [network, parameters] = make("{type: residual_mlp, width: 40, depth: 3}", 3, 2);
  const FloatMatrix x = made_up(50, 3, "x");
  const FloatMatrix z = made_up(50, 2, "z");
  const auto pass = network->pass(50);
  FloatMatrix shared;
  FloatMatrix separate;
  pass->evaluate(x, z, -0.4F, shared);
  pass->forward(x, z, std::vector<float>(50, -0.4F), separate);
  CHECK((shared - separate).cwiseAbs().maxCoeff() < 2e-6F);
  CHECK(shared.cwiseAbs().maxCoeff() > 0.1F);
}

TEST_CASE("A sample's network output has the same bits in every batch", "[unit]") {
  const auto [network, parameters] = make("{type: residual_mlp, width: 128, depth: 3}", 3, 1);
  const FloatMatrix x = made_up(96, 3, "x");
  const FloatMatrix z = made_up(96, 1, "z");
  const auto pass = network->pass(96);
  FloatMatrix together;
  pass->evaluate(x, z, 0.3F, together);
  for (const Index count : {1, 5, 23, 24, 31}) {
    FloatMatrix some;
    pass->evaluate(x.topRows(count), z.topRows(count), 0.3F, some);
    CHECK(some == together.topRows(count));
  }
}

TEST_CASE("A residual MLP's gradient is that of its output", "[unit]") {
  for (const char* yaml : {"{type: residual_mlp, width: 20, depth: 1}", "{type: residual_mlp, width: 24, depth: 3}"}) {
    auto [network, parameters] = make(yaml, 2, 1);
    const FloatMatrix x = made_up(30, 2, "x");
    const FloatMatrix z = made_up(30, 1, "z");
    const FloatMatrix weight = made_up(30, 2, "output weights");
    std::vector<float> levels;
    for (int i = 0; i < 30; ++i) levels.push_back(-1.2F + 0.07F * static_cast<float>(i));
    const auto pass = network->pass(32);
    FloatMatrix out;
    pass->forward(x, z, levels, out);
    std::vector<float> gradient(parameters.size(), 0.0F);
    pass->backward(weight, gradient.data());

    // Along random directions, by central differences in single precision.
    RandomSequence random(RandomStream::named(8, {"directions"}), 0);
    for (int trial = 0; trial < 5; ++trial) {
      const float h = 2e-3F;
      std::vector<float> direction(parameters.size());
      double expected = 0;
      for (std::size_t i = 0; i < direction.size(); ++i) {
        direction[i] = static_cast<float>(random.normal());
        expected += static_cast<double>(direction[i]) * static_cast<double>(gradient[i]);
      }
      const auto value = [&](float step) {
        std::vector<float> moved = parameters;
        for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += step * direction[i];
        network->set_parameters(moved.data());
        pass->forward(x, z, levels, out);
        return (out.array() * weight.array()).cast<double>().sum();
      };
      const double slope = (value(h) - value(-h)) / (2 * static_cast<double>(h));
      CHECK(slope == Approx(expected).epsilon(0.005).margin(0.05));
    }
  }
}

TEST_CASE("A residual MLP's tangent is the derivative of its output along a direction", "[unit]") {
  for (const char* yaml : {"{type: residual_mlp, width: 24, depth: 3}",
                           "{type: residual_mlp, width: 24, depth: 2, state_features: 0, condition_features: 0}"}) {
    const auto [network, parameters] = make(yaml, 3, 2);
    const FloatMatrix x = made_up(30, 3, "x");
    const FloatMatrix z = made_up(30, 2, "z");
    const FloatMatrix direction = made_up(30, 3, "direction");
    const std::vector<float> levels(30, 0.2F);
    const auto pass = network->pass(32);
    FloatMatrix out, along, ahead, behind;
    const float h = 3e-3F;
    pass->forward(x + h * direction, z, levels, ahead);
    pass->forward(x - h * direction, z, levels, behind);
    pass->forward(x, z, levels, out);
    pass->tangent(direction, along);
    const FloatMatrix expected = (ahead - behind) / (2 * h);
    CHECK((along - expected).cwiseAbs().maxCoeff() < 5e-3F * expected.cwiseAbs().maxCoeff());
    CHECK(expected.cwiseAbs().maxCoeff() > 0.1F);
  }
}

TEST_CASE("The parameters of a residual MLP are listed without gaps", "[unit]") {
  const auto [network, parameters] = make("{type: residual_mlp, width: 128, depth: 3}", 3, 1);
  Index next = 0;
  for (const NetworkTensor& tensor : network->tensors()) {
    CHECK(tensor.offset == next);
    Index size = 1;
    for (const Index extent : tensor.shape) size *= extent;
    next += size;
  }
  CHECK(next == network->parameter_count());
  // Inputs: 3 coordinates, a label with 8 frequencies, a level with 8.
  CHECK(next == 128 * (3 + 17 + 16) + 128 + 2 * (128 * 128 + 128) + 3 * 128 + 3);
}

}  // namespace liftwell
