// SPDX-License-Identifier: MIT
// Laws of every registered score network, with its example's sizes. The formulas themselves are held
// against LibTorch in score_network_contract_torch_test.cpp.
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "score_models/denoising_model.hpp"
#include "support/score_networks.hpp"
#include "support/temporary_folder.hpp"

namespace liftwell {
namespace {

using testing::all_score_networks;
using testing::made_up;
using testing::made_up_levels;
using testing::ready_network;

/// Few coordinates are seen with features by some networks, many without.
const std::vector<NetworkShape> shapes{{2, 1, {}}, {3, 2, {}}, {5, 1, {}}, {3, 1, {1}}, {1, 1, {0}}};

float largest(const FloatMatrix& matrix) { return matrix.cwiseAbs().maxCoeff(); }

}  // namespace

TEST_CASE("Every score network starts at zero, where scores are those of a standard normal law", "[unit][contract]") {
  const auto networks = all_score_networks();
  REQUIRE(networks.size() >= 3);
  for (const auto& [name, yaml] : networks) {
    INFO(yaml);
    const auto network = build<ScoreNetwork>(*configure("score_network", yaml))->create({3, 1, {}});
    const auto stream = RandomStream::named(5, {"weights"});
    const std::vector<float> start = network->initial_parameters(stream);
    CHECK(start == network->initial_parameters(stream));
    CHECK(start != network->initial_parameters(RandomStream::named(6, {"weights"})));
    network->set_parameters(start.data());
    const auto pass = network->pass(20);
    FloatMatrix out = FloatMatrix::Ones(20, 3);
    pass->evaluate(made_up(20, 3, "x"), made_up(20, 1, "z"), 0.1F, out);
    CHECK(largest(out) == 0);
  }
}

TEST_CASE("Every score network lists its parameters without gaps", "[unit][contract]") {
  for (const auto& [name, yaml] : all_score_networks()) {
    INFO(yaml);
    const auto network = build<ScoreNetwork>(*configure("score_network", yaml))->create({3, 2, {}});
    Index next = 0;
    for (const NetworkTensor& tensor : network->tensors()) {
      CHECK(tensor.offset == next);
      Index size = 1;
      for (const Index extent : tensor.shape) size *= extent;
      next += size;
    }
    CHECK(next == network->parameter_count());
    CHECK(network->script().find("def network(self, x: Tensor, z: Tensor, level: Tensor) -> Tensor:") == 0);
  }
}

// Seen to fail when film_mlp's runs of labels are not found anew for other labels.
TEST_CASE("A sample's output has the same bits in every batch and after every other pass", "[unit][contract]") {
  for (const auto& [name, yaml] : all_score_networks()) {
    for (const auto& [dimension, condition, angles] : shapes) {
      INFO(yaml << " of " << dimension << " coordinates, " << angles.size() << " of them angles");
      const auto [network, parameters] = ready_network(yaml, {dimension, condition, angles});
      const FloatMatrix x = made_up(96, dimension, "x");
      const FloatMatrix direction = made_up(96, dimension, "direction");
      const FloatMatrix z = testing::runs_of_labels(96, condition, 7);
      const std::vector<float> levels = made_up_levels(96);
      const auto pass = network->pass(96);
      FloatMatrix together, each, along, some;
      pass->evaluate(x, z, 0.3F, together);
      pass->forward(x, z, levels, each);
      pass->tangent(direction, along);
      for (const auto& [first, count] :
           std::vector<std::pair<Index, Index>>{{0, 1}, {3, 5}, {0, 23}, {40, 24}, {9, 31}, {0, 96}}) {
        INFO(count << " samples from " << first);
        const FloatMatrix x_here = x.middleRows(first, count);
        const FloatMatrix z_here = z.middleRows(first, count);
        pass->evaluate(x_here, z_here, 0.3F, some);
        CHECK(some == together.middleRows(first, count));
        pass->forward(x_here, z_here, {levels.begin() + first, levels.begin() + first + count}, some);
        CHECK(some == each.middleRows(first, count));
        pass->tangent(direction.middleRows(first, count), some);
        CHECK(some == along.middleRows(first, count));
      }
    }
  }
}

TEST_CASE("Every score network gives the same scores whether the level is shared or per sample", "[unit][contract]") {
  for (const auto& [name, yaml] : all_score_networks()) {
    for (const auto& [dimension, condition, angles] : shapes) {
      INFO(yaml << " of " << dimension << " coordinates, " << angles.size() << " of them angles");
      const auto [network, parameters] = ready_network(yaml, {dimension, condition, angles});
      const FloatMatrix x = made_up(50, dimension, "x");
      const FloatMatrix z = testing::runs_of_labels(50, condition, 3);
      const auto pass = network->pass(50);
      FloatMatrix shared, separate;
      pass->evaluate(x, z, -0.4F, shared);
      pass->forward(x, z, std::vector<float>(50, -0.4F), separate);
      CHECK(largest(shared) > 0.1F);
      CHECK(largest(shared - separate) < 2e-6F * largest(shared));
      // Other parameters, same labels: nothing kept from before may be used.
      const std::vector<float> other = network->initial_parameters(RandomStream::named(9, {"other"}));
      network->set_parameters(other.data());
      pass->evaluate(x, z, -0.4F, shared);
      CHECK(largest(shared) == 0);
    }
  }
}

TEST_CASE("No score network sees where an angle is cut", "[unit][contract]") {
  for (const auto& [name, yaml] : all_score_networks()) {
    INFO(yaml);
    const auto [network, parameters] = ready_network(yaml, {3, 1, {1}});
    FloatMatrix x = made_up(20, 3, "x");
    const FloatMatrix z = made_up(20, 1, "z");
    const auto pass = network->pass(20);
    FloatMatrix here, turned;
    pass->evaluate(x, z, 0.2F, here);
    x.col(1).array() += static_cast<float>(2 * std::numbers::pi);
    pass->evaluate(x, z, 0.2F, turned);
    CHECK(largest(here - turned) < 1e-5F * largest(here));
    x.col(1).array() += 0.5F;
    pass->evaluate(x, z, 0.2F, turned);
    CHECK(largest(here - turned) > 0.01F * largest(here));
  }
}

// Along a random direction within each tensor the slope is normal with the deviation |gradient|, so that
// is what errors are measured by; central differences in single precision reach a few tenths of a per cent.
// Seen to fail when energy_mlp leaves out silu'' below its last layer, and film_mlp the part of scale in the embedding.
TEST_CASE("Every score network's gradient is that of its output, tensor by tensor", "[unit][contract]") {
  for (const auto& [name, yaml] : all_score_networks()) {
    for (const auto& [dimension, condition, angles] : shapes) {
      auto [network, parameters] = ready_network(yaml, {dimension, condition, angles}, 0.1);
      const Index rows = 30;
      const FloatMatrix x = made_up(rows, dimension, "x");
      const FloatMatrix z = made_up(rows, condition, "z");
      const FloatMatrix weight = made_up(rows, dimension, "output weights");
      const std::vector<float> levels = made_up_levels(rows);
      const auto pass = network->pass(32);
      FloatMatrix out;
      pass->forward(x, z, levels, out);
      std::vector<float> gradient(parameters.size(), 1.0F);
      pass->backward(weight, gradient.data());

      RandomSequence random(RandomStream::named(8, {"directions"}), 0);
      for (const NetworkTensor& tensor : network->tensors()) {
        INFO(yaml << " of " << dimension << " coordinates, " << tensor.name);
        Index size = 1;
        for (const Index extent : tensor.shape) size *= extent;
        std::vector<float> direction(parameters.size(), 0.0F);
        double expected = 0;
        double squares = 0;
        for (auto i = static_cast<std::size_t>(tensor.offset); i < static_cast<std::size_t>(tensor.offset + size);
             ++i) {
          // Gradients are added to what is there.
          const double slope = static_cast<double>(gradient[i]) - 1;
          direction[i] = static_cast<float>(random.normal());
          expected += static_cast<double>(direction[i]) * slope;
          squares += slope * slope;
        }
        const float h = 0.05F / std::sqrt(static_cast<float>(size));
        const auto value = [&](float step) {
          std::vector<float> moved = parameters;
          for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += step * direction[i];
          network->set_parameters(moved.data());
          pass->forward(x, z, levels, out);
          return (out.array() * weight.array()).cast<double>().sum();
        };
        const double slope = (value(h) - value(-h)) / (2 * static_cast<double>(h));
        CHECK(squares > 0);
        CHECK(std::abs(slope - expected) < 0.01 * std::sqrt(squares));
      }
    }
  }
}

TEST_CASE("Every score network's tangent is the derivative of its output along a direction", "[unit][contract]") {
  for (const auto& [name, yaml] : all_score_networks()) {
    for (const auto& [dimension, condition, angles] : shapes) {
      INFO(yaml << " of " << dimension << " coordinates, " << angles.size() << " of them angles");
      const auto [network, parameters] = ready_network(yaml, {dimension, condition, angles});
      const FloatMatrix x = made_up(30, dimension, "x");
      const FloatMatrix z = made_up(30, condition, "z");
      const FloatMatrix direction = made_up(30, dimension, "direction");
      const std::vector<float> levels = made_up_levels(30);
      const auto pass = network->pass(32);
      FloatMatrix out, along, again, ahead, behind;
      const float h = 3e-3F;
      pass->forward(x + h * direction, z, levels, ahead);
      pass->forward(x - h * direction, z, levels, behind);
      pass->forward(x, z, levels, out);
      pass->tangent(direction, along);
      const FloatMatrix expected = (ahead - behind) / (2 * h);
      CHECK(largest(along - expected) < 5e-3F * largest(expected));
      CHECK(largest(expected) > 0.02F);
      // A divergence asks for many directions, and a backward pass may come between.
      std::vector<float> gradient(parameters.size(), 0.0F);
      pass->backward(direction, gradient.data());
      pass->tangent(2 * direction, again);
      CHECK(largest(again - 2 * along) < 1e-5F * largest(along));
    }
  }
}

TEST_CASE("Every score network is the same after its model was saved and loaded", "[unit][contract]") {
  const Executor executor(1);
  const testing::TemporaryFolder folder;
  for (const auto& [name, yaml] : all_score_networks()) {
    INFO(yaml);
    TrainingData data;
    data.coarse = {"x"};
    data.states = made_up(200, 3, "states");
    data.labels = data.states.leftCols(1);
    data.label_noise = FloatMatrix::Constant(200, 1, 0.1F);
    const auto recipe = build<ScoreModel>(*configure(
        "score_model",
        "{type: denoising, noise: {type: variance_exploding}, condition: {type: coordinate, index: 0}, torchscript: "
        "false, training: {steps: 12, batch: 32, warm_up: 0}, network: " +
            yaml + "}"));
    auto training = recipe->start_training(std::move(data), RandomStream::named(1, {"fit"}), executor);
    training->advance([](const TrainingProgress&) { return false; });
    training->write_model(folder.path());

    DenoisingModel model = DenoisingModel::load(folder / "model.h5");
    model.weights.back() += 0.125F;
    const auto kept = model.make_network();
    model.save(folder / "changed.h5");
    const DenoisingModel loaded = DenoisingModel::load(folder / "changed.h5");
    CHECK(loaded.weights == model.weights);
    CHECK(loaded.network.find(name) != std::string::npos);
    FloatMatrix before, after;
    kept->pass(40)->evaluate(made_up(40, 3, "x"), made_up(40, 1, "z"), 0.2F, before);
    loaded.make_network()->pass(40)->evaluate(made_up(40, 3, "x"), made_up(40, 1, "z"), 0.2F, after);
    CHECK(largest(before) > 0);
    CHECK(before == after);
  }
}

}  // namespace liftwell
