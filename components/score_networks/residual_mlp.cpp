// SPDX-License-Identifier: MIT
// A residual multilayer perceptron with Fourier features of the noise level.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

#include "liftwell/base/dense.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/families/score_network.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t width = 128;
  std::int64_t depth = 3;
  std::int64_t level_features = 8;
  double highest_frequency = 1;
  std::optional<std::int64_t> state_features;
  double highest_state_frequency = 1;
  std::int64_t condition_features = 8;
  double highest_condition_frequency = 2;
};

/// Geometric from the lowest to the highest, times 2 pi.
std::vector<float> angular_frequencies(std::int64_t count, double lowest, double highest) {
  std::vector<float> out;
  for (std::int64_t i = 0; i < count; ++i) {
    const double fraction = count == 1 ? 0 : static_cast<double>(i) / static_cast<double>(count - 1);
    out.push_back(static_cast<float>(2 * std::numbers::pi * lowest * std::pow(highest / lowest, fraction)));
  }
  return out;
}

/// Few coordinates leave room for features of each, without which sharp structure is learned slowly.
std::int64_t state_features_of(const Options& options, Index dimension) {
  return options.state_features.value_or(dimension <= 2 ? 6 : 0);
}

/// Input [x, features of x, z, features of z, features of level], a feature being the sine or the cosine of
/// 2 pi times a frequency times the number, then
///   h_1 = silu(W_0 input + b_0),  h_{i+1} = h_i + silu(W_i h_i + b_i),  F = W_L h_L + b_L.
/// Parameters in one vector: W_0 (width x inputs), b_0, …, W_L (dimension x width), b_L.
class ResidualMlpNetwork final : public Network {
 public:
  ResidualMlpNetwork(const Options& options, Index dimension, Index condition);

  [[nodiscard]] Index parameter_count() const override { return count_; }
  [[nodiscard]] const std::vector<NetworkTensor>& tensors() const override { return tensors_; }
  [[nodiscard]] std::vector<float> initial_parameters(const RandomStream& stream) const override;
  void set_parameters(const float* values) override;
  [[nodiscard]] std::unique_ptr<NetworkPass> pass(Index samples) const override;
  [[nodiscard]] std::string script() const override;

 private:
  friend class ResidualMlpPass;
  // Inputs in order: those of the state, of the label, of the level.
  [[nodiscard]] Index state_inputs() const { return dimension_ * (1 + 2 * count(state_frequencies_)); }
  [[nodiscard]] Index label_inputs() const { return condition_ * (1 + 2 * count(condition_frequencies_)); }
  [[nodiscard]] Index level_inputs() const { return 2 * count(frequencies_); }
  [[nodiscard]] Index inputs() const { return state_inputs() + label_inputs() + level_inputs(); }
  static Index count(const std::vector<float>& frequencies) { return static_cast<Index>(frequencies.size()); }
  [[nodiscard]] std::size_t hidden() const { return forward_.size() - 1; }
  [[nodiscard]] const NetworkTensor& weight(std::size_t layer) const { return tensors_[2 * layer]; }
  [[nodiscard]] const NetworkTensor& bias(std::size_t layer) const { return tensors_[2 * layer + 1]; }

  Index dimension_;
  Index condition_;
  Index width_;
  Index count_ = 0;
  std::int64_t version_ = 0;                                                    ///< of the parameters
  std::vector<float> frequencies_, state_frequencies_, condition_frequencies_;  ///< angular
  std::vector<NetworkTensor> tensors_;
  std::vector<dense::Weights> forward_;   ///< per layer, inputs x outputs
  std::vector<dense::Weights> backward_;  ///< per layer, outputs x inputs; none for the first
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
  void read_state(const FloatMatrix& x);
  void read_label(const FloatMatrix& z);
  void write_features(float number, const std::vector<float>& frequencies, float*& out) const;
  void write_output(FloatMatrix& out) const;
  static dense::Rows part(dense::Rows rows, Index first, Index count) { return {rows.row(first), count, rows.stride}; }

  const ResidualMlpNetwork& network_;
  Index samples_;
  Index rows_ = 0;     ///< of the pass under way
  FloatMatrix label_;  ///< whose features stand in input_
  bool label_folded_ = false;
  std::int64_t version_ = -1;  ///< of the parameters that label_start_ was made with
  dense::Buffer input_, directions_, output_, features_, level_start_;
  dense::Buffer label_start_, start_;           ///< what label and level add to the first layer, per sample
  std::vector<dense::Buffer> hidden_, slopes_;  ///< per hidden layer
  dense::Buffer gradient_, delta_, delta_before_;
};

ResidualMlpNetwork::ResidualMlpNetwork(const Options& options, Index dimension, Index condition)
    : dimension_(dimension),
      condition_(condition),
      width_(options.width),
      // Levels are ln(noise)/4, a range of about 2.5; labels have unit variance.
      frequencies_(angular_frequencies(options.level_features, 0.125, options.highest_frequency)),
      state_frequencies_(
          angular_frequencies(state_features_of(options, dimension), 0.125, options.highest_state_frequency)),
      condition_frequencies_(
          angular_frequencies(options.condition_features, 0.125, options.highest_condition_frequency)) {
  for (std::int64_t layer = 0; layer <= options.depth; ++layer) {
    const Index in = layer == 0 ? inputs() : width_;
    const Index out = layer == options.depth ? dimension_ : width_;
    tensors_.push_back({fmt::format("weight_{}", layer), {out, in}, count_});
    tensors_.push_back({fmt::format("bias_{}", layer), {out}, count_ + out * in});
    count_ += out * in + out;
    forward_.emplace_back(in, out);
    backward_.push_back(layer == 0 ? dense::Weights() : dense::Weights(out, in));
  }
}

/// Hidden weights uniform on +-1/sqrt(inputs), the last layer zero: F starts at 0, where the score is
/// that of a standard normal law.
std::vector<float> ResidualMlpNetwork::initial_parameters(const RandomStream& stream) const {
  std::vector<float> values(static_cast<std::size_t>(count_), 0.0F);
  for (std::size_t layer = 0; layer < hidden(); ++layer) {
    RandomSequence random(stream, static_cast<std::uint32_t>(layer));
    const NetworkTensor& tensor = weight(layer);
    const double bound = 1 / std::sqrt(static_cast<double>(tensor.shape[1]));
    const auto first = static_cast<std::size_t>(tensor.offset);
    const auto size = static_cast<std::size_t>(tensor.shape[0] * (tensor.shape[1] + 1));
    for (std::size_t i = first; i < first + size; ++i)
      values[i] = static_cast<float>(bound * (2 * random.uniform() - 1));
  }
  return values;
}

void ResidualMlpNetwork::set_parameters(const float* values) {
  ++version_;
  for (std::size_t layer = 0; layer < forward_.size(); ++layer) {
    const Index in = weight(layer).shape[1];
    const float* matrix = values + weight(layer).offset;
    forward_[layer].pack(matrix, 1, in);
    forward_[layer].set_bias(values + bias(layer).offset);
    if (layer > 0) backward_[layer].pack(matrix, in, 1);
  }
}

std::unique_ptr<NetworkPass> ResidualMlpNetwork::pass(Index samples) const {
  return std::make_unique<ResidualMlpPass>(*this, samples);
}

std::string ResidualMlpNetwork::script() const {
  const auto listed = [](const std::vector<float>& numbers) {
    std::string out;
    for (const float number : numbers) out += fmt::format("{:.9g}, ", number);
    return out;
  };
  std::string text = "def network(self, x: Tensor, z: Tensor, level: Tensor) -> Tensor:\n";
  std::string inputs;
  const auto add = [&](const std::string& name, const std::vector<float>& frequencies) {
    inputs += name + ", ";
    if (frequencies.empty()) return;
    text += fmt::format("    {0}_turns = {0}.unsqueeze(2) * torch.tensor([{1}], dtype=x.dtype, device=x.device)\n",
                        name, listed(frequencies));
    inputs += fmt::format("torch.cat([torch.sin({0}_turns), torch.cos({0}_turns)], dim=2).flatten(1), ", name);
  };
  add("x", state_frequencies_);
  add("z", condition_frequencies_);
  text += "    angles = level * torch.tensor([" + listed(frequencies_) +
          "], dtype=x.dtype, device=x.device)\n"
          "    h = torch.cat([" +
          inputs +
          "torch.sin(angles), torch.cos(angles)], dim=1)\n"
          "    h = torch.silu(torch.linear(h, self.weight_0, self.bias_0))\n";
  for (std::size_t layer = 1; layer < hidden(); ++layer)
    text += fmt::format("    h = h + torch.silu(torch.linear(h, self.weight_{0}, self.bias_{0}))\n", layer);
  return text + fmt::format("    return torch.linear(h, self.weight_{0}, self.bias_{0})\n", hidden());
}

ResidualMlpPass::ResidualMlpPass(const ResidualMlpNetwork& network, Index samples)
    : network_(network),
      samples_(samples),
      input_(samples, network.inputs()),
      directions_(samples, network.state_inputs()),
      output_(samples, network.dimension_),
      features_(1, network.level_inputs()),
      level_start_(1, network.width_),
      label_start_(samples, network.width_),
      start_(samples, network.width_),
      gradient_(samples, network.width_),
      delta_(samples, network.width_),
      delta_before_(samples, network.width_) {
  for (std::size_t layer = 0; layer < network.hidden(); ++layer) {
    hidden_.emplace_back(samples, network.width_);
    slopes_.emplace_back(samples, network.width_);
  }
}

void ResidualMlpPass::write_features(float number, const std::vector<float>& frequencies, float*& out) const {
  const auto count = ResidualMlpNetwork::count(frequencies);
  if (count == 0) return;
  dense::fourier(number, frequencies.data(), count, out, out + count);
  out += 2 * count;
}

void ResidualMlpPass::read_state(const FloatMatrix& x) {
  rows_ = x.rows();
  ensure(rows_ <= samples_ && x.cols() == network_.dimension_, "a network was given states of another shape");
  for (Index r = 0; r < rows_; ++r) {
    float* row = input_.rows().row(r);
    for (Index i = 0; i < x.cols(); ++i) *row++ = x(r, i);
    for (Index i = 0; i < x.cols(); ++i) write_features(x(r, i), network_.state_frequencies_, row);
  }
}

/// A sampler asks for many noise levels at the same labels: their features are made once.
void ResidualMlpPass::read_label(const FloatMatrix& z) {
  ensure(z.rows() == rows_ && z.cols() == network_.condition_, "a network was given labels of another shape");
  if (z.rows() == label_.rows() && z == label_) return;
  label_ = z;
  label_folded_ = false;
  for (Index r = 0; r < rows_; ++r) {
    float* row = input_.rows().row(r) + network_.state_inputs();
    for (Index i = 0; i < z.cols(); ++i) *row++ = z(r, i);
    for (Index i = 0; i < z.cols(); ++i) write_features(z(r, i), network_.condition_frequencies_, row);
  }
}

void ResidualMlpPass::write_output(FloatMatrix& out) const {
  out.resize(rows_, network_.dimension_);
  for (Index r = 0; r < rows_; ++r)
    for (Index i = 0; i < out.cols(); ++i) out(r, i) = output_.rows().row(r)[i];
}

void ResidualMlpPass::evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) {
  read_state(x);
  read_label(z);
  const dense::Weights& first_layer = network_.forward_[0];
  const Index state = network_.state_inputs();
  const Index label = network_.label_inputs();
  // The level is one for all samples, and labels stay while levels change: what they add to the first
  // layer is found apart from the states.
  if (!label_folded_ || version_ != network_.version_) {
    dense::affine({input_.rows().data + state, rows_, input_.rows().stride}, first_layer, {state, label},
                  first_layer.bias(), label_start_.first(rows_));
    label_folded_ = true;
    version_ = network_.version_;
  }
  float* feature = features_.rows().data;
  write_features(level, network_.frequencies_, feature);
  dense::affine(features_.rows(), first_layer, {state + label, network_.level_inputs()}, dense::Start(),
                level_start_.rows());
  dense::add_row(label_start_.first(rows_), level_start_.rows().data, network_.width_, start_.first(rows_));
  for (Index first = 0; first < rows_; first += together) {
    const Index count = std::min(together, rows_ - first);
    dense::Rows h = hidden_[0].first(count);
    dense::Rows next = delta_.first(count);
    dense::silu(part(input_.rows(), first, count), first_layer, {0, state}, part(start_.rows(), first, count), {}, h,
                {});
    for (std::size_t layer = 1; layer < network_.hidden(); ++layer) {
      const dense::Weights& weights = network_.forward_[layer];
      dense::silu(h, weights, {0, weights.depth()}, weights.bias(), h, next, {});
      std::swap(h, next);
    }
    const dense::Weights& last = network_.forward_.back();
    dense::affine(h, last, {0, last.depth()}, last.bias(), part(output_.rows(), first, count));
  }
  write_output(out);
}

void ResidualMlpPass::forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels,
                              FloatMatrix& out) {
  read_state(x);
  read_label(z);
  for (Index r = 0; r < rows_; ++r) {
    float* feature = input_.rows().row(r) + network_.state_inputs() + network_.label_inputs();
    write_features(levels[static_cast<std::size_t>(r)], network_.frequencies_, feature);
  }
  dense::Rows before = input_.first(rows_);
  for (std::size_t layer = 0; layer < network_.hidden(); ++layer) {
    const dense::Weights& weights = network_.forward_[layer];
    const dense::Rows here = hidden_[layer].first(rows_);
    dense::silu(before, weights, {0, weights.depth()}, weights.bias(), layer == 0 ? dense::Rows{} : before, here,
                slopes_[layer].first(rows_));
    before = here;
  }
  const dense::Weights& last = network_.forward_.back();
  dense::affine(before, last, {0, last.depth()}, last.bias(), output_.first(rows_));
  write_output(out);
}

void ResidualMlpPass::backward(const FloatMatrix& out_gradient, float* gradient) {
  ensure(out_gradient.rows() == rows_, "a backward pass does not match its forward pass");
  const auto add = [&](std::size_t layer, dense::Rows delta, dense::Rows input) {
    const NetworkTensor& weight = network_.weight(layer);
    dense::add_outer(delta, input, weight.shape[0], weight.shape[1], gradient + weight.offset, weight.shape[1]);
    dense::add_columns(delta, weight.shape[0], gradient + network_.bias(layer).offset);
  };
  const dense::Rows result = output_.first(rows_);
  for (Index r = 0; r < rows_; ++r)
    for (Index i = 0; i < out_gradient.cols(); ++i) result.row(r)[i] = out_gradient(r, i);

  const std::size_t depth = network_.hidden();
  add(depth, result, hidden_[depth - 1].first(rows_));
  dense::Rows delta = delta_.first(rows_);
  dense::Rows delta_before = delta_before_.first(rows_);
  const dense::Rows sum = gradient_.first(rows_);
  dense::backward(result, network_.backward_[depth], {}, slopes_[depth - 1].first(rows_), sum, delta);
  for (std::size_t layer = depth - 1; layer > 0; --layer) {
    add(layer, delta, hidden_[layer - 1].first(rows_));
    dense::backward(delta, network_.backward_[layer], sum, slopes_[layer - 1].first(rows_), sum, delta_before);
    std::swap(delta, delta_before);
  }
  add(0, delta, input_.first(rows_));
}

void ResidualMlpPass::tangent(const FloatMatrix& direction, FloatMatrix& along) {
  ensure(direction.rows() == rows_ && direction.cols() == network_.dimension_,
         "a direction does not match its forward pass");
  const dense::Rows in = directions_.first(rows_);
  const auto& frequencies = network_.state_frequencies_;
  const Index features = ResidualMlpNetwork::count(frequencies);
  for (Index r = 0; r < rows_; ++r) {
    float* row = in.row(r);
    for (Index i = 0; i < direction.cols(); ++i) *row++ = direction(r, i);
    // The sine changes by its frequency times the cosine, and the other way round.
    const float* feature = input_.rows().row(r) + direction.cols();
    for (Index i = 0; i < direction.cols(); ++i, feature += 2 * features)
      for (Index sine = 1; sine >= 0; --sine)
        for (Index f = 0; f < features; ++f)
          *row++ = (sine == 1 ? 1.0F : -1.0F) * frequencies[static_cast<std::size_t>(f)] *
                   feature[sine == 1 ? features + f : f] * direction(r, i);
  }
  dense::Rows before = delta_.first(rows_);
  dense::Rows after = delta_before_.first(rows_);
  dense::tangent(in, network_.forward_[0], {0, network_.state_inputs()}, {}, slopes_[0].first(rows_), before);
  for (std::size_t layer = 1; layer < network_.hidden(); ++layer) {
    const dense::Weights& weights = network_.forward_[layer];
    dense::tangent(before, weights, {0, weights.depth()}, before, slopes_[layer].first(rows_), after);
    std::swap(before, after);
  }
  const dense::Weights& last = network_.forward_.back();
  dense::affine(before, last, {0, last.depth()}, dense::Start(), output_.first(rows_));
  write_output(along);
}

class ResidualMlp final : public ScoreNetwork {
 public:
  explicit ResidualMlp(const Options& options) : options_(options) {}
  [[nodiscard]] std::unique_ptr<Network> create(Index dimension, Index condition) const override {
    return std::make_unique<ResidualMlpNetwork>(options_, dimension, condition);
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(residual_mlp) {
  return Declaration<ScoreNetwork, Options>("residual_mlp",
                                            "Residual multilayer perceptron with Fourier features of the noise level.")
      .reference("He et al., CVPR 2016, arXiv 1512.03385; Tancik et al., NeurIPS 2020, arXiv 2006.10739, equation 4.")
      .parameter("width", &Options::width, unit::none, "Units of each hidden layer.", between(1, 4096))
      .parameter("depth", &Options::depth, unit::none, "Number of hidden layers.", between(1, 64))
      .parameter("level_features", &Options::level_features, unit::none,
                 "Number of frequencies by which the network sees the noise level.", between(1, 256))
      .parameter("highest_frequency", &Options::highest_frequency, unit::dimensionless,
                 "Highest of these frequencies, per unit of ln(noise level)/4; the lowest is 1/8.", at_least(0.125))
      .parameter("state_features", &Options::state_features, unit::none,
                 "Number of frequencies by which the network sees each coordinate, besides the coordinate itself; "
                 "unset: 6 where at most two coordinates are generated, else none.",
                 between(0, 256))
      .parameter("highest_state_frequency", &Options::highest_state_frequency, unit::dimensionless,
                 "Highest of these frequencies, per standard deviation of the noised coordinate; the lowest is 1/8.",
                 at_least(0.125))
      .parameter("condition_features", &Options::condition_features, unit::none,
                 "Number of frequencies by which the network sees each standardised coarse value, besides the value "
                 "itself; 0 for none.",
                 between(0, 256))
      .parameter("highest_condition_frequency", &Options::highest_condition_frequency, unit::dimensionless,
                 "Highest of these frequencies, per standard deviation of the coarse value; the lowest is 1/8.",
                 at_least(0.125))
      .example("{type: residual_mlp, width: 128, depth: 3}")
      .creates<ResidualMlp>();
}

}  // namespace liftwell
