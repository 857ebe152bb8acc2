// SPDX-License-Identifier: MIT
#include "layered_network.hpp"

#include <cmath>

namespace liftwell {

std::size_t LayeredNetwork::add_layer(const Shape& shape) {
  Layer layer{shape.inputs, shape.outputs, count_, -1, shape.starts_at_zero, {shape.inputs, shape.outputs}, {}};
  tensors_.push_back({"weight_" + shape.name, {shape.outputs, shape.inputs}, count_});
  count_ += shape.outputs * shape.inputs;
  if (shape.bias) {
    layer.bias_offset = count_;
    tensors_.push_back({"bias_" + shape.name, {shape.outputs}, count_});
    count_ += shape.outputs;
  }
  if (shape.derivatives > 0) layer.backward = dense::Weights(shape.outputs, shape.derivatives);
  layers_.push_back(std::move(layer));
  return layers_.size() - 1;
}

std::vector<float> LayeredNetwork::initial_parameters(const RandomStream& stream) const {
  std::vector<float> values(static_cast<std::size_t>(count_), 0.0F);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    if (layer.starts_at_zero) continue;
    RandomSequence random(stream, static_cast<std::uint32_t>(l));
    const double bound = 1 / std::sqrt(static_cast<double>(layer.inputs));
    const auto first = static_cast<std::size_t>(layer.weight_offset);
    const auto size = static_cast<std::size_t>(layer.outputs * (layer.inputs + (layer.bias_offset < 0 ? 0 : 1)));
    for (std::size_t i = first; i < first + size; ++i)
      values[i] = static_cast<float>(bound * (2 * random.uniform() - 1));
  }
  return values;
}

void LayeredNetwork::set_parameters(const float* values) {
  ++version_;
  for (Layer& layer : layers_) {
    const float* matrix = values + layer.weight_offset;
    layer.forward.pack(matrix, 1, layer.inputs);
    if (layer.bias_offset >= 0) layer.forward.set_bias(values + layer.bias_offset);
    if (layer.backward.columns() > 0) layer.backward.pack(matrix, layer.inputs, 1);
  }
}

void LayeredNetwork::add_weight_gradient(std::size_t layer, dense::Rows delta, dense::Rows input, Index inputs,
                                         float* gradient) const {
  const Layer& here = layers_[layer];
  dense::add_outer(delta, input, here.outputs, inputs, gradient + here.weight_offset, here.inputs);
}

void LayeredNetwork::add_gradient(std::size_t layer, dense::Rows delta, dense::Rows input, float* gradient) const {
  const Layer& here = layers_[layer];
  add_weight_gradient(layer, delta, input, here.inputs, gradient);
  if (here.bias_offset >= 0) dense::add_columns(delta, here.outputs, gradient + here.bias_offset);
}

FirstLayerStart::FirstLayerStart(const LayeredNetwork& network, Index samples, Index width)
    : network_(network),
      width_(width),
      features_(1, network.inputs().level()),
      of_level_(1, width),
      of_label_(samples, width),
      sum_(samples, width) {}

dense::Rows FirstLayerStart::at(const InputRows& inputs, float level) {
  const dense::Weights& layer = network_.forward(0);
  const NetworkInputs& sizes = network_.inputs();
  const dense::Rows of_label = of_label_.first(inputs.rows());
  if (label_version_ != inputs.label_version() || version_ != network_.version()) {
    dense::affine(inputs.label(), layer, {sizes.state(), sizes.label()}, layer.bias(), of_label);
    label_version_ = inputs.label_version();
    version_ = network_.version();
  }
  sizes.write_level(level, features_.rows().data);
  dense::affine(features_.rows(), layer, {sizes.state() + sizes.label(), sizes.level()}, dense::Start(),
                of_level_.rows());
  const dense::Rows sum = sum_.first(inputs.rows());
  dense::add_row(of_label, of_level_.rows().data, width_, sum);
  return sum;
}

}  // namespace liftwell
