// SPDX-License-Identifier: MIT
// A residual multilayer perceptron whose gradient is the network: conservative scores.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "layered_network.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

using Options = LayerOptions;

/// With the inputs of network_inputs.hpp,
///   u_0 = W_0 input + b_0,  h_1 = silu(u_0),   u_i = W_i h_i + b_i,  h_{i+1} = h_i + silu(u_i),
///   phi = w h_L,  F = d phi/dx.
/// The derivative by reverse accumulation, with p_i = d phi/dh_i: p_L = w, d_i = silu'(u_i) p_{i+1},
/// p_i = p_{i+1} + W_i^T d_i, and d phi/d input = W_0^T d_0.
class EnergyMlpNetwork final : public LayeredNetwork {
 public:
  EnergyMlpNetwork(const Options& options, const NetworkShape& shape);

  [[nodiscard]] std::unique_ptr<NetworkPass> pass(Index samples) const override;
  [[nodiscard]] std::string script() const override;
  [[nodiscard]] Index width() const { return width_; }
  /// The number of hidden layers, which is also the number of the layer w.
  [[nodiscard]] std::size_t hidden() const { return hidden_; }

 private:
  Index width_;
  std::size_t hidden_;
};

/// Derivatives of F are those of J = v . F, v constant for each sample, which is also the derivative of phi
/// along v: J = w h'_L with u'_i = W_i h'_i and h'_{i+1} = h'_i + silu'(u_i) u'_i. Reversed, with
/// q_i = dJ/dh_i: q_L = 0, e_i = silu''(u_i) u'_i p_{i+1} + silu'(u_i) q_{i+1}, q_i = q_{i+1} + W_i^T e_i, the
/// gradient along W_i is d_i h'_i^T + e_i h_i^T, that along b_i is e_i.
class EnergyMlpPass final : public NetworkPass {
 public:
  EnergyMlpPass(const EnergyMlpNetwork& network, Index samples);

  void evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) override;
  void forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels, FloatMatrix& out) override;
  void backward(const FloatMatrix& out_gradient, float* gradient) override;
  void tangent(const FloatMatrix& direction, FloatMatrix& along) override;

 private:
  /// Samples that go through all layers together without leaving the first-level cache.
  static constexpr Index together = 12;

  struct Hidden {
    Hidden(Index samples, Index width)
        : h(samples, width),
          slope(samples, width),
          second(samples, width),
          p(samples, width),
          d(samples, width),
          along(samples, width),
          bend(samples, width) {}
    dense::Buffer h;       ///< h_{i+1}
    dense::Buffer slope;   ///< silu'(u_i)
    dense::Buffer second;  ///< silu''(u_i) p_{i+1}
    dense::Buffer p;       ///< p_{i+1}
    dense::Buffer d;       ///< d_i
    dense::Buffer along;   ///< h'_{i+1}
    dense::Buffer bend;    ///< second u'_i
  };

  /// Carries `along` the inputs (a direction's) through all layers.
  void carry(dense::Rows along);
  /// Calls visit(layer, e_layer) from the last hidden layer to the first.
  template <class Visit>
  void reverse(const Visit& visit);

  const EnergyMlpNetwork& network_;
  InputRows inputs_;
  FirstLayerStart start_;
  std::vector<Hidden> layers_;
  dense::Buffer ones_;            ///< d phi/d phi
  dense::Buffer input_gradient_;  ///< along the state's inputs: of phi
  dense::Buffer input_change_;    ///< of J
  dense::Buffer e_, e_before_, q_;
};

/// w starts at zero: F is 0 there, and the score that of a standard normal law.
EnergyMlpNetwork::EnergyMlpNetwork(const Options& options, const NetworkShape& shape)
    : LayeredNetwork(options, shape), width_(options.width), hidden_(static_cast<std::size_t>(options.depth)) {
  add_layer({.name = "0", .inputs = inputs().all(), .outputs = width_, .derivatives = inputs().state()});
  for (std::size_t layer = 1; layer < hidden_; ++layer)
    add_layer({.name = std::to_string(layer), .inputs = width_, .outputs = width_, .derivatives = width_});
  add_layer({.name = std::to_string(hidden_),
             .inputs = width_,
             .outputs = 1,
             .derivatives = width_,
             .bias = false,
             .starts_at_zero = true});
}

std::unique_ptr<NetworkPass> EnergyMlpNetwork::pass(Index samples) const {
  return std::make_unique<EnergyMlpPass>(*this, samples);
}

std::string EnergyMlpNetwork::script() const {
  const NetworkInputs::Script in = inputs().script();
  std::string text = "def network(self, x: Tensor, z: Tensor, level: Tensor) -> Tensor:\n" + in.lines +
                     "    h = torch.cat([" + in.state + in.label + in.level + "], dim=1)\n";
  for (std::size_t layer = 0; layer < hidden_; ++layer)
    text += fmt::format(
        "    u{0} = torch.linear(h, self.weight_{0}, self.bias_{0})\n"
        "    s{0} = torch.sigmoid(u{0})\n"
        "    h = {1}u{0} * s{0}\n",
        layer, layer == 0 ? "" : "h + ");
  text += fmt::format("    p = self.weight_{}\n", hidden_);
  for (std::size_t layer = hidden_; layer-- > 0;)
    text += fmt::format(
        "    d = p * (s{0} * (1.0 + u{0} * (1.0 - s{0})))\n"
        "    {1}\n",
        layer,
        layer == 0 ? fmt::format("d = torch.mm(d, self.weight_0[:, :{}])", inputs().state())
                   : fmt::format("p = p + torch.mm(d, self.weight_{})", layer));
  return text + inputs().pull_back_script() + "    return out\n";
}

EnergyMlpPass::EnergyMlpPass(const EnergyMlpNetwork& network, Index samples)
    : network_(network),
      inputs_(network.inputs(), samples),
      start_(network, samples, network.width()),
      ones_(samples, 1),
      input_gradient_(samples, network.inputs().state()),
      input_change_(samples, network.inputs().state()),
      e_(samples, network.width()),
      e_before_(samples, network.width()),
      q_(samples, network.width()) {
  for (Index r = 0; r < samples; ++r) ones_.rows().row(r)[0] = 1;
  for (std::size_t layer = 0; layer < network.hidden(); ++layer) layers_.emplace_back(samples, network.width());
}

void EnergyMlpPass::evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) {
  inputs_.read_state(x);
  inputs_.read_label(z);
  const dense::Rows start = start_.at(inputs_, level);
  const std::size_t depth = network_.hidden();
  for (Index first = 0; first < inputs_.rows(); first += together) {
    const Index count = std::min(together, inputs_.rows() - first);
    dense::Rows h = layers_[0].h.first(count);
    dense::Rows next = e_.first(count);
    dense::silu(part(inputs_.state(), first, count), network_.forward(0), {0, network_.inputs().state()},
                part(start, first, count), {}, h, layers_[0].slope.first(count));
    for (std::size_t layer = 1; layer < depth; ++layer) {
      const dense::Weights& weights = network_.forward(layer);
      dense::silu(h, weights, {0, weights.depth()}, weights.bias(), h, next, layers_[layer].slope.first(count));
      std::swap(h, next);
    }
    const dense::Rows p = q_.first(count);
    dense::Rows d = h;
    dense::Rows d_before = next;
    dense::backward(ones_.first(count), network_.backward(depth), {}, layers_[depth - 1].slope.first(count), p, d);
    for (std::size_t layer = depth - 1; layer > 0; --layer) {
      dense::backward(d, network_.backward(layer), p, layers_[layer - 1].slope.first(count), p, d_before);
      std::swap(d, d_before);
    }
    dense::affine(d, network_.backward(0), {0, network_.width()}, dense::Start(),
                  part(input_gradient_.rows(), first, count));
  }
  inputs_.pull_back(input_gradient_.first(inputs_.rows()), out);
}

void EnergyMlpPass::forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels,
                            FloatMatrix& out) {
  inputs_.read_state(x);
  inputs_.read_label(z);
  inputs_.read_levels(levels);
  const Index rows = inputs_.rows();
  dense::Rows before = inputs_.all();
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    const dense::Weights& weights = network_.forward(layer);
    const Hidden& here = layers_[layer];
    dense::silu(before, weights, {0, weights.depth()}, weights.bias(), layer == 0 ? dense::Rows{} : before,
                here.h.first(rows), here.slope.first(rows), here.second.first(rows));
    before = here.h.first(rows);
  }
  dense::Rows delta = ones_.first(rows);
  dense::Rows p_after{};
  for (std::size_t layer = layers_.size(); layer-- > 0;) {
    const Hidden& here = layers_[layer];
    const dense::Rows p = here.p.first(rows);
    dense::backward(delta, network_.backward(layer + 1), p_after, here.slope.first(rows), p, here.d.first(rows));
    dense::multiply(here.second.first(rows), p, network_.width(), here.second.first(rows));
    delta = here.d.first(rows);
    p_after = p;
  }
  dense::affine(delta, network_.backward(0), {0, network_.width()}, dense::Start(), input_gradient_.first(rows));
  inputs_.pull_back(input_gradient_.first(rows), out);
}

void EnergyMlpPass::carry(dense::Rows along) {
  const Index rows = inputs_.rows();
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    const Hidden& here = layers_[layer];
    dense::tangent(along, network_.forward(layer), {0, layer == 0 ? network_.inputs().state() : network_.width()},
                   layer == 0 ? dense::Rows{} : along, here.slope.first(rows), here.along.first(rows),
                   here.second.first(rows), here.bend.first(rows));
    along = here.along.first(rows);
  }
}

template <class Visit>
void EnergyMlpPass::reverse(const Visit& visit) {
  const Index rows = inputs_.rows();
  const dense::Rows q = q_.first(rows);
  dense::Rows next = e_.first(rows);
  dense::Rows spare = e_before_.first(rows);
  dense::Rows e = layers_.back().bend.first(rows);
  for (std::size_t layer = layers_.size() - 1; layer > 0; --layer) {
    visit(layer, e);
    const Hidden& before = layers_[layer - 1];
    dense::backward(e, network_.backward(layer), layer + 1 == layers_.size() ? dense::Rows{} : q,
                    before.slope.first(rows), q, next, before.bend.first(rows));
    e = next;
    std::swap(next, spare);
  }
  visit(0, e);
}

void EnergyMlpPass::backward(const FloatMatrix& out_gradient, float* gradient) {
  const Index rows = inputs_.rows();
  const dense::Rows along = inputs_.along(out_gradient);
  carry(along);
  network_.add_gradient(layers_.size(), ones_.first(rows), layers_.back().along.first(rows), gradient);
  reverse([&](std::size_t layer, dense::Rows e) {
    const bool first = layer == 0;
    network_.add_weight_gradient(layer, layers_[layer].d.first(rows),
                                 first ? along : layers_[layer - 1].along.first(rows),
                                 first ? network_.inputs().state() : network_.width(), gradient);
    network_.add_gradient(layer, e, first ? inputs_.all() : layers_[layer - 1].h.first(rows), gradient);
  });
}

void EnergyMlpPass::tangent(const FloatMatrix& direction, FloatMatrix& along) {
  const Index rows = inputs_.rows();
  carry(inputs_.along(direction));
  reverse([&](std::size_t layer, dense::Rows e) {
    if (layer > 0) return;
    dense::affine(e, network_.backward(0), {0, network_.width()}, dense::Start(), input_change_.first(rows));
  });
  inputs_.pull_back(input_change_.first(rows), along);
  inputs_.add_curvature(input_gradient_.first(rows), direction, along);
}

class EnergyMlp final : public ScoreNetwork {
 public:
  explicit EnergyMlp(const Options& options) : options_(options) {}
  [[nodiscard]] std::unique_ptr<Network> create(const NetworkShape& shape) const override {
    return std::make_unique<EnergyMlpNetwork>(options_, shape);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(energy_mlp) {
  return with_inputs(
             with_layers(
                 Declaration<ScoreNetwork, Options>(
                     "energy_mlp",
                     "The gradient of a residual multilayer perceptron: scores that are exactly those of a density, at "
                     "about twice the cost of residual_mlp.")
                     .reference(
                         "Salimans & Ho, EBM workshop at ICLR 2021, \"Should EBMs model the energy or the score?\"")))
      .example("{type: energy_mlp, width: 128, depth: 3}")
      .creates<EnergyMlp>();
}

}  // namespace liftwell
