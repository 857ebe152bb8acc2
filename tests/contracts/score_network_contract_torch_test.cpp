// SPDX-License-Identifier: MIT
// The fused network and its gradient against LibTorch, which runs the exported TorchScript.
#define CATCH_CONFIG_PREFIX_ALL
#include <torch/script.h>

#include <catch2/catch.hpp>

#include "liftwell/config/workflow.hpp"
#include "liftwell/families/score_network.hpp"

namespace liftwell {
namespace {

FloatMatrix made_up(Index rows, Index columns, const char* name) {
  RandomSequence random(RandomStream::named(3, {name}), 0);
  FloatMatrix out(rows, columns);
  for (Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<float>(random.normal());
  return out;
}

at::Tensor tensor(const FloatMatrix& matrix) {
  return torch::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()}).clone();
}

}  // namespace

CATCH_TEST_CASE("The fused residual MLP and its gradient equal LibTorch's to 1e-5", "[unit]") {
  for (const char* yaml :
       {"{type: residual_mlp, width: 128, depth: 3}", "{type: residual_mlp, width: 33, depth: 2, level_features: 5}"}) {
    CATCH_INFO(yaml);
    const auto network = build<ScoreNetwork>(*configure("score_network", yaml))->create(3, 2);
    std::vector<float> parameters = network->initial_parameters(RandomStream::named(5, {"weights"}));
    RandomSequence random(RandomStream::named(6, {"last layer"}), 0);
    for (float& p : parameters)
      if (p == 0) p = static_cast<float>(0.1 * random.normal());
    network->set_parameters(parameters.data());

    const Index rows = 77;
    const FloatMatrix x = made_up(rows, 3, "x");
    const FloatMatrix z = made_up(rows, 2, "z");
    const FloatMatrix out_gradient = made_up(rows, 3, "output gradient");
    FloatMatrix level(rows, 1);
    for (Index i = 0; i < rows; ++i) level(i, 0) = -1.3F + 0.03F * static_cast<float>(i);
    const auto pass = network->pass(rows);
    FloatMatrix out;
    pass->forward(x, z, {level.data(), level.data() + rows}, out);
    std::vector<float> gradient(parameters.size(), 0.0F);
    pass->backward(out_gradient, gradient.data());

    torch::jit::Module module("network");
    for (const NetworkTensor& t : network->tensors()) {
      const std::vector<int64_t> shape(t.shape.begin(), t.shape.end());
      module.register_parameter(
          t.name, torch::from_blob(parameters.data() + t.offset, shape).clone().requires_grad_(true), false);
    }
    module.define(network->script());
    const at::Tensor expected = module.get_method("network")({tensor(x), tensor(z), tensor(level)}).toTensor();
    (expected * tensor(out_gradient)).sum().backward();

    const double scale = expected.abs().max().item<double>();
    CATCH_CHECK((expected - tensor(out)).abs().max().item<double>() < 1e-5 * scale);
    for (const NetworkTensor& t : network->tensors()) {
      CATCH_INFO(t.name);
      const std::vector<int64_t> shape(t.shape.begin(), t.shape.end());
      const at::Tensor ours = torch::from_blob(gradient.data() + t.offset, shape);
      const at::Tensor theirs = module.attr(t.name).toTensor().grad();
      const double largest = theirs.abs().max().item<double>();
      CATCH_CHECK(largest > 0);
      CATCH_CHECK((ours - theirs).abs().max().item<double>() < 1e-5 * largest);
    }
  }
}

}  // namespace liftwell
