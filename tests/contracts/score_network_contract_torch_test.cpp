// SPDX-License-Identifier: MIT
// Every registered network and its gradient against LibTorch, which runs the exported TorchScript.
#define CATCH_CONFIG_PREFIX_ALL
#include <torch/script.h>

#include <catch2/catch.hpp>

#include "support/score_networks.hpp"

namespace liftwell {
namespace {

using testing::made_up;

at::Tensor tensor(const FloatMatrix& matrix) {
  return torch::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()}).clone();
}

at::Tensor tensor(float* values, const std::vector<Index>& shape) {
  return torch::from_blob(values, std::vector<int64_t>(shape.begin(), shape.end())).clone();
}

torch::jit::Module scripted(const Network& network, std::vector<float>& parameters) {
  torch::jit::Module module("network");
  for (const NetworkTensor& t : network.tensors())
    module.register_parameter(t.name, tensor(parameters.data() + t.offset, t.shape).requires_grad_(true), false);
  module.define(network.script());
  return module;
}

double largest(const at::Tensor& values) { return values.abs().max().item<double>(); }

/// The registered networks, and sizes that are no multiple of anything.
std::vector<std::string> subjects() {
  std::vector<std::string> out;
  for (const auto& [name, yaml] : testing::all_score_networks()) {
    out.push_back(yaml);
    out.push_back("{type: " + name + ", width: 33, depth: 2, level_features: 5}");
    out.push_back("{type: " + name + ", width: 20, depth: 1, state_features: 0, condition_features: 0}");
  }
  return out;
}

}  // namespace

CATCH_TEST_CASE("Every score network equals its TorchScript to 1e-6, its gradient to 1e-5", "[unit][contract]") {
  for (const std::string& yaml : subjects()) {
    CATCH_INFO(yaml);
    auto [network, parameters] = testing::ready_network(yaml, {3, 2, {1}}, 0.1);
    const Index rows = 77;
    const FloatMatrix x = made_up(rows, 3, "x");
    const FloatMatrix z = made_up(rows, 2, "z");
    const FloatMatrix out_gradient = made_up(rows, 3, "output gradient");
    std::vector<float> levels = testing::made_up_levels(rows);
    const auto pass = network->pass(rows);
    FloatMatrix out;
    pass->forward(x, z, levels, out);
    std::vector<float> gradient(parameters.size(), 0.0F);
    pass->backward(out_gradient, gradient.data());

    torch::jit::Module module = scripted(*network, parameters);
    const at::Tensor expected =
        module.get_method("network")({tensor(x), tensor(z), tensor(levels.data(), {rows, 1})}).toTensor();
    (expected * tensor(out_gradient)).sum().backward();
    CATCH_CHECK(largest(expected) > 0.01);
    CATCH_CHECK(largest(expected - tensor(out)) < 1e-6 * largest(expected));
    for (const NetworkTensor& t : network->tensors()) {
      CATCH_INFO(t.name);
      const at::Tensor theirs = module.attr(t.name).toTensor().grad();
      CATCH_CHECK(largest(theirs) > 0);
      CATCH_CHECK(largest(tensor(gradient.data() + t.offset, t.shape) - theirs) < 1e-5 * largest(theirs));
    }
  }
}

// A model that needs autograd inside would stop working where samplers turn it off.
CATCH_TEST_CASE("The TorchScript of every score network works without gradients at any batch size",
                "[unit][contract]") {
  for (const std::string& yaml : subjects()) {
    CATCH_INFO(yaml);
    auto [network, parameters] = testing::ready_network(yaml, {3, 2, {1}}, 0.1);
    torch::jit::Module module = scripted(*network, parameters);
    const torch::NoGradGuard no_gradient;
    const Index rows = 64;
    const FloatMatrix x = made_up(rows, 3, "x");
    const FloatMatrix z = made_up(rows, 2, "z");
    FloatMatrix ours;
    network->pass(rows)->evaluate(x, z, 0.2F, ours);
    for (const Index count : {0, 1, 7, 64}) {
      CATCH_INFO(count << " samples");
      const at::Tensor theirs = module
                                    .get_method("network")({tensor(x).slice(0, 0, count), tensor(z).slice(0, 0, count),
                                                            torch::full({count, 1}, 0.2F, torch::kFloat32)})
                                    .toTensor();
      CATCH_REQUIRE(theirs.sizes() == at::IntArrayRef({count, 3}));
      CATCH_CHECK_FALSE(theirs.requires_grad());
      if (count > 0) CATCH_CHECK(largest(theirs - tensor(ours).slice(0, 0, count)) < 1e-6 * largest(tensor(ours)));
    }
  }
}

}  // namespace liftwell
