// SPDX-License-Identifier: MIT
// A residual multilayer perceptron with Fourier features of the noise level.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "layered_network.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

using Options = LayerOptions;

/// With the inputs of network_inputs.hpp,
///   h_1 = silu(W_0 input + b_0),  h_{i+1} = h_i + silu(W_i h_i + b_i),  F = W_L h_L + b_L.
class ResidualMlpNetwork final : public LayeredNetwork {
 public:
  ResidualMlpNetwork(const Options& options, const NetworkShape& shape);

  [[nodiscard]] std::unique_ptr<NetworkPass> pass(Index samples) const override;
  [[nodiscard]] std::string script() const override;
  [[nodiscard]] Index width() const { return width_; }
  [[nodiscard]] std::size_t hidden() const { return hidden_; }

 private:
  Index width_;
  std::size_t hidden_;
};

class ResidualMlpPass final : public NetworkPass {
 public:
  ResidualMlpPass(const ResidualMlpNetwork& network, Index samples);

  void evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) override;
  void forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels, FloatMatrix& out) override;
  void backward(const FloatMatrix& out_gradient, float* gradient) override;
  void tangent(const FloatMatrix& direction, FloatMatrix& along) override;

 private:
  /// Samples that go through all layers together without leaving the first-level cache.
  static constexpr Index together = 24;

  const ResidualMlpNetwork& network_;
  InputRows inputs_;
  FirstLayerStart start_;
  dense::Buffer output_;
  std::vector<dense::Buffer> hidden_, slopes_;  ///< per hidden layer
  dense::Buffer gradient_, delta_, delta_before_;
};

/// The last layer starts at zero: F is 0 there, and the score that of a standard normal law.
ResidualMlpNetwork::ResidualMlpNetwork(const Options& options, const NetworkShape& shape)
    : LayeredNetwork(options, shape), width_(options.width), hidden_(static_cast<std::size_t>(options.depth)) {
  add_layer({.name = "0", .inputs = inputs().all(), .outputs = width_, .derivatives = 0});
  for (std::size_t layer = 1; layer < hidden_; ++layer)
    add_layer({.name = std::to_string(layer), .inputs = width_, .outputs = width_, .derivatives = width_});
  add_layer({.name = std::to_string(hidden_),
             .inputs = width_,
             .outputs = shape.dimension,
             .derivatives = width_,
             .starts_at_zero = true});
}

std::unique_ptr<NetworkPass> ResidualMlpNetwork::pass(Index samples) const {
  return std::make_unique<ResidualMlpPass>(*this, samples);
}

std::string ResidualMlpNetwork::script() const {
  const NetworkInputs::Script in = inputs().script();
  std::string text = "def network(self, x: Tensor, z: Tensor, level: Tensor) -> Tensor:\n" + in.lines +
                     "    h = torch.cat([" + in.state + in.label + in.level +
                     "], dim=1)\n"
                     "    h = torch.silu(torch.linear(h, self.weight_0, self.bias_0))\n";
  for (std::size_t layer = 1; layer < hidden_; ++layer)
    text += fmt::format("    h = h + torch.silu(torch.linear(h, self.weight_{0}, self.bias_{0}))\n", layer);
  return text + fmt::format("    return torch.linear(h, self.weight_{0}, self.bias_{0})\n", hidden_);
}

ResidualMlpPass::ResidualMlpPass(const ResidualMlpNetwork& network, Index samples)
    : network_(network),
      inputs_(network.inputs(), samples),
      start_(network, samples, network.width()),
      output_(samples, network.inputs().dimension()),
      gradient_(samples, network.width()),
      delta_(samples, network.width()),
      delta_before_(samples, network.width()) {
  for (std::size_t layer = 0; layer < network.hidden(); ++layer) {
    hidden_.emplace_back(samples, network.width());
    slopes_.emplace_back(samples, network.width());
  }
}

void ResidualMlpPass::evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) {
  inputs_.read_state(x);
  inputs_.read_label(z);
  const dense::Rows start = start_.at(inputs_, level);
  const dense::Rows result = output_.first(inputs_.rows());
  for (Index first = 0; first < inputs_.rows(); first += together) {
    const Index count = std::min(together, inputs_.rows() - first);
    dense::Rows h = hidden_[0].first(count);
    dense::Rows next = delta_.first(count);
    dense::silu(part(inputs_.state(), first, count), network_.forward(0), {0, network_.inputs().state()},
                part(start, first, count), {}, h, {});
    for (std::size_t layer = 1; layer < network_.hidden(); ++layer) {
      const dense::Weights& weights = network_.forward(layer);
      dense::silu(h, weights, {0, weights.depth()}, weights.bias(), h, next, {});
      std::swap(h, next);
    }
    const dense::Weights& last = network_.forward(network_.hidden());
    dense::affine(h, last, {0, last.depth()}, last.bias(), part(result, first, count));
  }
  write_matrix(result, network_.inputs().dimension(), out);
}

void ResidualMlpPass::forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels,
                              FloatMatrix& out) {
  inputs_.read_state(x);
  inputs_.read_label(z);
  inputs_.read_levels(levels);
  const Index rows = inputs_.rows();
  dense::Rows before = inputs_.all();
  for (std::size_t layer = 0; layer < network_.hidden(); ++layer) {
    const dense::Weights& weights = network_.forward(layer);
    const dense::Rows here = hidden_[layer].first(rows);
    dense::silu(before, weights, {0, weights.depth()}, weights.bias(), layer == 0 ? dense::Rows{} : before, here,
                slopes_[layer].first(rows));
    before = here;
  }
  const dense::Weights& last = network_.forward(network_.hidden());
  dense::affine(before, last, {0, last.depth()}, last.bias(), output_.first(rows));
  write_matrix(output_.first(rows), network_.inputs().dimension(), out);
}

void ResidualMlpPass::backward(const FloatMatrix& out_gradient, float* gradient) {
  const Index rows = inputs_.rows();
  const dense::Rows result = output_.first(rows);
  read_matrix(out_gradient, result);
  const std::size_t depth = network_.hidden();
  network_.add_gradient(depth, result, hidden_[depth - 1].first(rows), gradient);
  dense::Rows delta = delta_.first(rows);
  dense::Rows delta_before = delta_before_.first(rows);
  const dense::Rows sum = gradient_.first(rows);
  dense::backward(result, network_.backward(depth), {}, slopes_[depth - 1].first(rows), sum, delta);
  for (std::size_t layer = depth - 1; layer > 0; --layer) {
    network_.add_gradient(layer, delta, hidden_[layer - 1].first(rows), gradient);
    dense::backward(delta, network_.backward(layer), sum, slopes_[layer - 1].first(rows), sum, delta_before);
    std::swap(delta, delta_before);
  }
  network_.add_gradient(0, delta, inputs_.all(), gradient);
}

void ResidualMlpPass::tangent(const FloatMatrix& direction, FloatMatrix& along) {
  const Index rows = inputs_.rows();
  const dense::Rows in = inputs_.along(direction);
  dense::Rows before = delta_.first(rows);
  dense::Rows after = delta_before_.first(rows);
  dense::tangent(in, network_.forward(0), {0, network_.inputs().state()}, {}, slopes_[0].first(rows), before);
  for (std::size_t layer = 1; layer < network_.hidden(); ++layer) {
    const dense::Weights& weights = network_.forward(layer);
    dense::tangent(before, weights, {0, weights.depth()}, before, slopes_[layer].first(rows), after);
    std::swap(before, after);
  }
  const dense::Weights& last = network_.forward(network_.hidden());
  dense::affine(before, last, {0, last.depth()}, dense::Start(), output_.first(rows));
  write_matrix(output_.first(rows), network_.inputs().dimension(), along);
}

class ResidualMlp final : public ScoreNetwork {
 public:
  explicit ResidualMlp(const Options& options) : options_(options) {}
  [[nodiscard]] std::unique_ptr<Network> create(const NetworkShape& shape) const override {
    return std::make_unique<ResidualMlpNetwork>(options_, shape);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(residual_mlp) {
  return with_inputs(with_layers(Declaration<ScoreNetwork, Options>(
                                     "residual_mlp",
                                     "Residual multilayer perceptron with Fourier features of the noise "
                                     "level.")
                                     .reference("He et al., CVPR 2016, arXiv 1512.03385; Tancik et al., NeurIPS 2020, "
                                                "arXiv 2006.10739, equation "
                                                "4.")))
      .example("{type: residual_mlp, width: 128, depth: 3}")
      .creates<ResidualMlp>();
}

}  // namespace liftwell
