// SPDX-License-Identifier: MIT
// A residual multilayer perceptron of the state whose layers are scaled and shifted by label and level.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "layered_network.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : LayerOptions {
  std::int64_t embedding = 32;
};

/// With the inputs of network_inputs.hpp, c those of label and level, s those of the state,
///   e = silu(E c + b),  gamma_i = G_i e,  beta_i = B_i e,
///   u_0 = W_0 s + b_0,  h_1 = silu((1 + gamma_0) u_0 + beta_0),
///   u_i = W_i h_i + b_i,  h_{i+1} = h_i + silu((1 + gamma_i) u_i + beta_i),  F = W_L h_L + b_L.
class FilmMlpNetwork final : public LayeredNetwork {
 public:
  FilmMlpNetwork(const Options& options, const NetworkShape& shape);

  [[nodiscard]] std::unique_ptr<NetworkPass> pass(Index samples) const override;
  [[nodiscard]] std::string script() const override;
  [[nodiscard]] Index width() const { return width_; }
  [[nodiscard]] Index embedding() const { return embedding_; }
  [[nodiscard]] Index condition_inputs() const { return inputs().label() + inputs().level(); }
  /// Numbers of layers: W_0 … W_{L-1}, W_L, E, and for each hidden layer G and B.
  [[nodiscard]] std::size_t hidden() const { return hidden_; }
  [[nodiscard]] std::size_t embed() const { return hidden_ + 1; }
  [[nodiscard]] std::size_t scale(std::size_t layer) const { return hidden_ + 2 + 2 * layer; }
  [[nodiscard]] std::size_t shift(std::size_t layer) const { return hidden_ + 3 + 2 * layer; }

 private:
  Index width_, embedding_;
  std::size_t hidden_;
};

class FilmMlpPass final : public NetworkPass {
 public:
  FilmMlpPass(const FilmMlpNetwork& network, Index samples);

  void evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) override;
  void forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels, FloatMatrix& out) override;
  void backward(const FloatMatrix& out_gradient, float* gradient) override;
  void tangent(const FloatMatrix& direction, FloatMatrix& along) override;

 private:
  /// Samples that go through all layers together without leaving the first-level cache.
  static constexpr Index together = 24;

  struct Hidden {
    Hidden(Index samples, Index width)
        : u(samples, width), h(samples, width), slope(samples, width), scale(samples, width), shift(samples, width) {}
    dense::Buffer u;             ///< u_i
    dense::Buffer h;             ///< h_{i+1}
    dense::Buffer slope;         ///< silu' at (1 + gamma_i) u_i + beta_i
    dense::Buffer scale, shift;  ///< gamma_i and beta_i
  };

  /// Neighbours with the same label are modulated alike: which_ of each sample is the number of its run.
  void find_runs();
  /// Finds e and all gamma and beta for the rows of `condition`.
  void embed(dense::Rows condition);
  /// (1 + gamma) silu': the derivative of a layer's output along u.
  [[nodiscard]] dense::Rows steepness(const Hidden& layer);

  const FilmMlpNetwork& network_;
  InputRows inputs_;
  std::vector<Hidden> layers_;
  dense::Buffer condition_;  ///< label and level of each run
  dense::Buffer embedding_, embedding_slope_, embedding_gradient_;
  dense::Buffer output_, gradient_, delta_, delta_before_, scratch_;
  std::vector<dense::Count> which_;
  Index runs_ = 0;
  std::int64_t label_version_ = -1;  ///< for which the runs were found
};

/// The last layer starts at zero, so that the score is first that of a standard normal law; G and B start at
/// zero, so that layers are first not modulated.
FilmMlpNetwork::FilmMlpNetwork(const Options& options, const NetworkShape& shape)
    : LayeredNetwork(options, shape),
      width_(options.width),
      embedding_(options.embedding),
      hidden_(static_cast<std::size_t>(options.depth)) {
  add_layer({.name = "0", .inputs = inputs().state(), .outputs = width_, .derivatives = 0});
  for (std::size_t layer = 1; layer < hidden_; ++layer)
    add_layer({.name = std::to_string(layer), .inputs = width_, .outputs = width_, .derivatives = width_});
  add_layer({.name = std::to_string(hidden_),
             .inputs = width_,
             .outputs = shape.dimension,
             .derivatives = width_,
             .starts_at_zero = true});
  add_layer({.name = "embedding", .inputs = condition_inputs(), .outputs = embedding_, .derivatives = 0});
  for (std::size_t layer = 0; layer < hidden_; ++layer)
    for (const char* what : {"scale", "shift"})
      add_layer({.name = fmt::format("{}_{}", what, layer),
                 .inputs = embedding_,
                 .outputs = width_,
                 .derivatives = embedding_,
                 .bias = false,
                 .starts_at_zero = true});
}

std::unique_ptr<NetworkPass> FilmMlpNetwork::pass(Index samples) const {
  return std::make_unique<FilmMlpPass>(*this, samples);
}

std::string FilmMlpNetwork::script() const {
  const NetworkInputs::Script in = inputs().script();
  std::string text = "def network(self, x: Tensor, z: Tensor, level: Tensor) -> Tensor:\n" + in.lines +
                     "    e = torch.cat([" + in.label + in.level +
                     "], dim=1)\n"
                     "    e = torch.silu(torch.linear(e, self.weight_embedding, self.bias_embedding))\n"
                     "    h = torch.cat([" +
                     in.state + "], dim=1)\n";
  for (std::size_t layer = 0; layer < hidden_; ++layer)
    text += fmt::format(
        "    u = torch.linear(h, self.weight_{0}, self.bias_{0})\n"
        "    u = (1.0 + torch.linear(e, self.weight_scale_{0})) * u + torch.linear(e, self.weight_shift_{0})\n"
        "    h = {1}torch.silu(u)\n",
        layer, layer == 0 ? "" : "h + ");
  return text + fmt::format("    return torch.linear(h, self.weight_{0}, self.bias_{0})\n", hidden_);
}

FilmMlpPass::FilmMlpPass(const FilmMlpNetwork& network, Index samples)
    : network_(network),
      inputs_(network.inputs(), samples),
      condition_(samples, network.condition_inputs()),
      embedding_(samples, network.embedding()),
      embedding_slope_(samples, network.embedding()),
      embedding_gradient_(samples, network.embedding()),
      output_(samples, network.inputs().dimension()),
      gradient_(samples, network.width()),
      delta_(samples, network.width()),
      delta_before_(samples, network.width()),
      scratch_(samples, network.width()) {
  for (std::size_t layer = 0; layer < network.hidden(); ++layer) layers_.emplace_back(samples, network.width());
}

void FilmMlpPass::find_runs() {
  if (label_version_ == inputs_.label_version()) return;
  label_version_ = inputs_.label_version();
  const FloatMatrix& labels = inputs_.labels();
  which_.resize(static_cast<std::size_t>(labels.rows()));
  runs_ = 0;
  for (Index r = 0; r < labels.rows(); ++r) {
    if (r == 0 || labels.row(r) != labels.row(r - 1))
      std::copy_n(inputs_.label().row(r), network_.inputs().label(), condition_.rows().row(runs_++));
    which_[static_cast<std::size_t>(r)] = runs_ - 1;
  }
}

void FilmMlpPass::embed(dense::Rows condition) {
  const Index rows = condition.rows;
  const dense::Weights& embed = network_.forward(network_.embed());
  const dense::Rows e = embedding_.first(rows);
  dense::silu(condition, embed, {0, embed.depth()}, embed.bias(), {}, e, embedding_slope_.first(rows));
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    const dense::Part all{0, network_.embedding()};
    dense::affine(e, network_.forward(network_.scale(layer)), all, dense::Start(), layers_[layer].scale.first(rows));
    dense::affine(e, network_.forward(network_.shift(layer)), all, dense::Start(), layers_[layer].shift.first(rows));
  }
}

void FilmMlpPass::evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) {
  inputs_.read_state(x);
  inputs_.read_label(z);
  find_runs();
  for (Index r = 0; r < runs_; ++r)
    network_.inputs().write_level(level, condition_.rows().row(r) + network_.inputs().label());
  embed(condition_.first(runs_));
  const dense::Rows result = output_.first(inputs_.rows());
  for (Index first = 0; first < inputs_.rows(); first += together) {
    const Index count = std::min(together, inputs_.rows() - first);
    const dense::Rows u = scratch_.first(count);
    dense::Rows h = part(inputs_.state(), first, count);
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      const dense::Weights& weights = network_.forward(layer);
      const dense::Rows next = layer % 2 == 0 ? delta_.first(count) : delta_before_.first(count);
      dense::affine(h, weights, {0, weights.depth()}, weights.bias(), u);
      dense::modulated_silu(u, {layers_[layer].scale.rows(), layers_[layer].shift.rows(), which_.data() + first},
                            layer == 0 ? dense::Rows{} : h, network_.width(), next, {});
      h = next;
    }
    const dense::Weights& last = network_.forward(network_.hidden());
    dense::affine(h, last, {0, last.depth()}, last.bias(), part(result, first, count));
  }
  write_matrix(result, network_.inputs().dimension(), out);
}

void FilmMlpPass::forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels,
                          FloatMatrix& out) {
  inputs_.read_state(x);
  inputs_.read_label(z);
  inputs_.read_levels(levels);
  embed(inputs_.label());
  const Index rows = inputs_.rows();
  dense::Rows h = inputs_.state();
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    const dense::Weights& weights = network_.forward(layer);
    const Hidden& here = layers_[layer];
    dense::affine(h, weights, {0, weights.depth()}, weights.bias(), here.u.first(rows));
    dense::modulated_silu(here.u.first(rows), {here.scale.rows(), here.shift.rows()}, layer == 0 ? dense::Rows{} : h,
                          network_.width(), here.h.first(rows), here.slope.first(rows));
    h = here.h.first(rows);
  }
  const dense::Weights& last = network_.forward(network_.hidden());
  dense::affine(h, last, {0, last.depth()}, last.bias(), output_.first(rows));
  write_matrix(output_.first(rows), network_.inputs().dimension(), out);
}

void FilmMlpPass::backward(const FloatMatrix& out_gradient, float* gradient) {
  const Index rows = inputs_.rows();
  const Index width = network_.width();
  const dense::Rows result = output_.first(rows);
  read_matrix(out_gradient, result);
  const dense::Rows e = embedding_.first(rows);
  const dense::Rows e_gradient = embedding_gradient_.first(rows);
  const dense::Rows sum = gradient_.first(rows);
  dense::Rows delta = result;
  dense::Rows spare[] = {delta_.first(rows), delta_before_.first(rows)};
  network_.add_gradient(layers_.size(), result, layers_.back().h.first(rows), gradient);
  for (std::size_t layer = layers_.size(); layer-- > 0;) {
    const Hidden& here = layers_[layer];
    const bool last = layer + 1 == layers_.size();
    const dense::Rows shift = spare[layer % 2];  // the gradient along beta, then along u
    dense::backward(delta, network_.backward(layer + 1), last ? dense::Rows{} : sum, here.slope.first(rows), sum,
                    shift);
    const dense::Rows scale = scratch_.first(rows);
    dense::multiply(shift, here.u.first(rows), width, scale);
    network_.add_gradient(network_.shift(layer), shift, e, gradient);
    network_.add_gradient(network_.scale(layer), scale, e, gradient);
    const dense::Start before = last ? dense::Start() : dense::Start(e_gradient);
    dense::affine(shift, network_.backward(network_.shift(layer)), {0, width}, before, e_gradient);
    dense::affine(scale, network_.backward(network_.scale(layer)), {0, width}, e_gradient, e_gradient);
    dense::scale(shift, here.scale.first(rows), width, shift);
    network_.add_gradient(layer, shift, layer == 0 ? inputs_.state() : layers_[layer - 1].h.first(rows), gradient);
    delta = shift;
  }
  dense::multiply(e_gradient, embedding_slope_.first(rows), network_.embedding(), e_gradient);
  network_.add_gradient(network_.embed(), e_gradient, inputs_.label(), gradient);
}

dense::Rows FilmMlpPass::steepness(const Hidden& layer) {
  const Index rows = inputs_.rows();
  dense::scale(layer.slope.first(rows), layer.scale.first(rows), network_.width(), scratch_.first(rows));
  return scratch_.first(rows);
}

void FilmMlpPass::tangent(const FloatMatrix& direction, FloatMatrix& along) {
  const Index rows = inputs_.rows();
  dense::Rows before = inputs_.along(direction);
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    const dense::Weights& weights = network_.forward(layer);
    const dense::Rows after = layer % 2 == 0 ? delta_.first(rows) : delta_before_.first(rows);
    dense::tangent(before, weights, {0, weights.depth()}, layer == 0 ? dense::Rows{} : before,
                   steepness(layers_[layer]), after);
    before = after;
  }
  const dense::Weights& last = network_.forward(network_.hidden());
  dense::affine(before, last, {0, last.depth()}, dense::Start(), output_.first(rows));
  write_matrix(output_.first(rows), network_.inputs().dimension(), along);
}

class FilmMlp final : public ScoreNetwork {
 public:
  explicit FilmMlp(const Options& options) : options_(options) {}
  [[nodiscard]] std::unique_ptr<Network> create(const NetworkShape& shape) const override {
    return std::make_unique<FilmMlpNetwork>(options_, shape);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(film_mlp) {
  return with_inputs(
             with_layers(Declaration<ScoreNetwork, Options>("film_mlp",
                                                            "Residual multilayer perceptron of the state whose layers "
                                                            "are scaled and shifted by coarse value and "
                                                            "noise level.")
                             .reference("Perez et al., AAAI 2018, arXiv 1709.07871, equation 2."))
                 .parameter("embedding", &Options::embedding, unit::none,
                            "Units of the layer that reads coarse value and noise level and finds scales and shifts.",
                            between(1, 4096)))
      .example("{type: film_mlp, width: 128, depth: 3}")
      .creates<FilmMlp>();
}

}  // namespace liftwell
