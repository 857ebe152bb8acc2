// SPDX-License-Identifier: MIT
// A network made of affine layers: their parameters in one vector, packed for the passes.
#pragma once

#include <string>
#include <vector>

#include "network_inputs.hpp"

namespace liftwell {

/// What every architecture of hidden layers is told.
struct LayerOptions : InputOptions {
  std::int64_t width = 128;
  std::int64_t depth = 3;
};

/// Adds width and depth; `Options` is derived from LayerOptions.
template <class Options>
Declaration<ScoreNetwork, Options>&& with_layers(Declaration<ScoreNetwork, Options>&& declaration) {
  return std::move(declaration)
      .template parameter<std::int64_t>("width", &Options::width, unit::none, "Units of each hidden layer.",
                                        between(1, 4096))
      .template parameter<std::int64_t>("depth", &Options::depth, unit::none, "Number of hidden layers.",
                                        between(1, 64));
}

/// Parameters in one vector, layer by layer: the matrix (outputs x inputs), called weight_NAME, and the
/// bias, called bias_NAME.
class LayeredNetwork : public Network {
 public:
  [[nodiscard]] Index parameter_count() const final { return count_; }
  [[nodiscard]] const std::vector<NetworkTensor>& tensors() const final { return tensors_; }
  /// Uniform on +-1/sqrt(inputs); zero for layers that say so.
  [[nodiscard]] std::vector<float> initial_parameters(const RandomStream& stream) const final;
  void set_parameters(const float* values) final;

  /// Counts the calls of set_parameters.
  [[nodiscard]] std::int64_t version() const { return version_; }
  [[nodiscard]] const NetworkInputs& inputs() const { return inputs_; }
  /// Of a layer: inputs x outputs, and outputs x the inputs that derivatives are wanted of.
  [[nodiscard]] const dense::Weights& forward(std::size_t layer) const { return layers_[layer].forward; }
  [[nodiscard]] const dense::Weights& backward(std::size_t layer) const { return layers_[layer].backward; }

  /// Adds to the gradient of a layer's matrix the sum over samples of delta (samples x outputs) times
  /// input, which may stop after the layer's first inputs.
  void add_weight_gradient(std::size_t layer, dense::Rows delta, dense::Rows input, Index inputs,
                           float* gradient) const;
  /// The same for the whole matrix, and to that of the bias the sum of delta.
  void add_gradient(std::size_t layer, dense::Rows delta, dense::Rows input, float* gradient) const;

 protected:
  LayeredNetwork(const InputOptions& options, const NetworkShape& shape) : inputs_(options, shape) {}

  struct Shape {
    std::string name;
    Index inputs, outputs;
    Index derivatives;  ///< derivatives are wanted of this many inputs, the first ones
    bool bias = true;
    bool starts_at_zero = false;
  };
  /// The number of the new layer, one more than that of the last.
  std::size_t add_layer(const Shape& shape);

 private:
  struct Layer {
    Index inputs, outputs;
    Index weight_offset, bias_offset;  ///< in the vector of parameters; a bias at −1 is none
    bool starts_at_zero;
    dense::Weights forward, backward;
  };
  NetworkInputs inputs_;
  Index count_ = 0;
  std::int64_t version_ = 0;
  std::vector<NetworkTensor> tensors_;
  std::vector<Layer> layers_;
};

/// Where samples share one noise level, and labels stay while levels change: what label and level add to
/// a first layer of all inputs is found apart from the states.
class FirstLayerStart {
 public:
  FirstLayerStart(const LayeredNetwork& network, Index samples, Index width);
  /// Bias and contributions of label and level to layer 0, a row for each sample.
  [[nodiscard]] dense::Rows at(const InputRows& inputs, float level);

 private:
  const LayeredNetwork& network_;
  Index width_;
  std::int64_t version_ = -1;  ///< of the parameters that of_label_ was made with
  std::int64_t label_version_ = -1;
  dense::Buffer features_, of_level_, of_label_, sum_;
};

}  // namespace liftwell
