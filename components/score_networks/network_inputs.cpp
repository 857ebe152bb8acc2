// SPDX-License-Identifier: MIT
// Fourier features, their derivatives and their TorchScript.
#include "network_inputs.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

using Frequencies = std::vector<float>;

Index count(const Frequencies& frequencies) { return static_cast<Index>(frequencies.size()); }

/// Geometric from the lowest to the highest, times 2 pi.
Frequencies angular_frequencies(std::int64_t number, double lowest, double highest) {
  Frequencies out;
  for (std::int64_t i = 0; i < number; ++i) {
    const double fraction = number == 1 ? 0 : static_cast<double>(i) / static_cast<double>(number - 1);
    out.push_back(static_cast<float>(2 * std::numbers::pi * lowest * std::pow(highest / lowest, fraction)));
  }
  return out;
}

/// Few coordinates leave room for features of each, without which sharp structure is learned slowly.
std::int64_t state_features_of(const InputOptions& options, Index dimension) {
  return options.state_features.value_or(dimension <= 2 ? 6 : 0);
}

float* write_features(float number, const Frequencies& frequencies, float* out) {
  const Index n = count(frequencies);
  if (n == 0) return out;
  dense::fourier(number, frequencies.data(), n, out, out + n);
  return out + 2 * n;
}

/// A row of `numbers` followed by the features of each.
template <class Numbers>
void write_with_features(const Numbers& numbers, const Frequencies& frequencies, float* out) {
  for (Index i = 0; i < numbers.size(); ++i) *out++ = numbers[i];
  for (Index i = 0; i < numbers.size(); ++i) out = write_features(numbers[i], frequencies, out);
}

std::string listed(const Frequencies& numbers) {
  std::string out;
  for (const float number : numbers) out += fmt::format("{:.9g}, ", number);
  return out;
}

}  // namespace

NetworkInputs::NetworkInputs(const InputOptions& options, const NetworkShape& shape)
    : dimension_(shape.dimension),
      condition_(shape.condition),
      state_(shape.dimension),
      coordinates_(static_cast<std::size_t>(shape.dimension),
                   {1, angular_frequencies(state_features_of(options, shape.dimension), 0.125,
                                           options.highest_state_frequency)}),
      // Levels are ln(noise)/4, a range of about 2.5; labels have unit variance.
      of_level_(angular_frequencies(options.level_features, 0.125, options.highest_frequency)),
      of_label_(angular_frequencies(options.condition_features, 0.125, options.highest_condition_frequency)) {
  for (const Index angle : shape.angles) coordinates_[static_cast<std::size_t>(angle)] = {0, {1, 2, 3}};
  for (const Coordinate& coordinate : coordinates_) state_ += 2 * coordinate.features();
}

void NetworkInputs::write_level(float level, float* out) const { write_features(level, of_level_, out); }

NetworkInputs::Script NetworkInputs::script() const {
  Script out;
  const auto turned = [&](const std::string& name, const std::string& numbers, const Frequencies& frequencies) {
    out.lines += fmt::format("    {0} = {1} * torch.tensor([{2}], dtype=x.dtype, device=x.device)\n", name, numbers,
                             listed(frequencies));
    return fmt::format("torch.sin({0}), torch.cos({0}), ", name);
  };
  std::string factors;
  for (const Coordinate& coordinate : coordinates_) factors += coordinate.itself == 0 ? "0.0, " : "1.0, ";
  out.state = fmt::format("x * torch.tensor([{}], dtype=x.dtype, device=x.device), ", factors);
  for (std::size_t i = 0; i < coordinates_.size(); ++i)
    if (!coordinates_[i].turns.empty())
      out.state += turned(fmt::format("turns_{}", i), fmt::format("x[:, {}:{}]", i, i + 1), coordinates_[i].turns);
  out.label = "z, ";
  if (!of_label_.empty())
    for (Index k = 0; k < condition_; ++k)
      out.label += turned(fmt::format("label_turns_{}", k), fmt::format("z[:, {}:{}]", k, k + 1), of_label_);
  out.lines += "    angles = level * torch.tensor([" + listed(of_level_) + "], dtype=x.dtype, device=x.device)\n";
  out.level = "torch.sin(angles), torch.cos(angles)";
  return out;
}

std::string NetworkInputs::pull_back_script() const {
  std::string out, parts;
  Index first = dimension_;
  for (std::size_t i = 0; i < coordinates_.size(); ++i) {
    const Coordinate& coordinate = coordinates_[i];
    const Index n = coordinate.features();
    std::string sum = coordinate.itself == 0 ? "" : fmt::format("d[:, {}:{}]", i, i + 1);
    if (n > 0) {
      out += fmt::format(
          "    pulled_{0} = ((torch.cos(turns_{0}) * d[:, {1}:{2}] - torch.sin(turns_{0}) * d[:, {2}:{3}]) * "
          "torch.tensor([{4}], dtype=x.dtype, device=x.device)).sum(1, keepdim=True)\n",
          i, first, first + n, first + 2 * n, listed(coordinate.turns));
      sum += fmt::format("{}pulled_{}", sum.empty() ? "" : " + ", i);
    }
    parts += sum + ", ";
    first += 2 * n;
  }
  return out + "    out = torch.cat([" + parts + "], dim=1)\n";
}

InputRows::InputRows(const NetworkInputs& inputs, Index samples)
    : inputs_(inputs), values_(samples, inputs.all()), directions_(samples, inputs.state()) {}

void InputRows::read_state(const FloatMatrix& x) {
  rows_ = x.rows();
  ensure(rows_ <= values_.rows().rows && x.cols() == inputs_.dimension(),
         "a network was given states of another shape");
  for (Index r = 0; r < rows_; ++r) {
    float* out = state().row(r);
    for (Index i = 0; i < x.cols(); ++i) *out++ = x(r, i) * inputs_.coordinates_[static_cast<std::size_t>(i)].itself;
    for (Index i = 0; i < x.cols(); ++i)
      out = write_features(x(r, i), inputs_.coordinates_[static_cast<std::size_t>(i)].turns, out);
  }
}

void InputRows::read_label(const FloatMatrix& z) {
  ensure(z.rows() == rows_ && z.cols() == inputs_.condition(), "a network was given labels of another shape");
  if (z.rows() == label_.rows() && z == label_) return;
  label_ = z;
  ++label_version_;
  for (Index r = 0; r < rows_; ++r) write_with_features(z.row(r), inputs_.of_label_, label().row(r));
}

void InputRows::read_levels(const std::vector<float>& levels) {
  ensure(static_cast<Index>(levels.size()) >= rows_, "a network was given too few levels");
  for (Index r = 0; r < rows_; ++r)
    inputs_.write_level(levels[static_cast<std::size_t>(r)], label().row(r) + inputs_.label());
}

dense::Rows InputRows::along(const FloatMatrix& direction) {
  ensure(direction.rows() == rows_ && direction.cols() == inputs_.dimension(),
         "a direction does not match its forward pass");
  for (Index r = 0; r < rows_; ++r) {
    float* row = directions_.rows().row(r);
    const float* feature = state().row(r) + direction.cols();
    for (Index i = 0; i < direction.cols(); ++i)
      *row++ = direction(r, i) * inputs_.coordinates_[static_cast<std::size_t>(i)].itself;
    // The sine changes by its frequency times the cosine, and the other way round.
    for (Index i = 0; i < direction.cols(); ++i) {
      const NetworkInputs::Coordinate& coordinate = inputs_.coordinates_[static_cast<std::size_t>(i)];
      const Index features = coordinate.features();
      for (Index sine = 1; sine >= 0; --sine)
        for (Index f = 0; f < features; ++f)
          *row++ = (sine == 1 ? 1.0F : -1.0F) * coordinate.turns[static_cast<std::size_t>(f)] *
                   feature[sine == 1 ? features + f : f] * direction(r, i);
      feature += 2 * features;
    }
  }
  return directions_.first(rows_);
}

void InputRows::pull_back(dense::Rows gradient, FloatMatrix& out) const {
  const Index dimension = inputs_.dimension();
  out.resize(rows_, dimension);
  for (Index r = 0; r < rows_; ++r) {
    const float* g = gradient.row(r) + dimension;
    const float* sine = state().row(r) + dimension;
    for (Index i = 0; i < dimension; ++i) {
      const NetworkInputs::Coordinate& coordinate = inputs_.coordinates_[static_cast<std::size_t>(i)];
      const Index features = coordinate.features();
      float sum = gradient.row(r)[i] * coordinate.itself;
      for (Index f = 0; f < features; ++f)
        sum += coordinate.turns[static_cast<std::size_t>(f)] * (g[f] * sine[features + f] - g[features + f] * sine[f]);
      out(r, i) = sum;
      g += 2 * features;
      sine += 2 * features;
    }
  }
}

void InputRows::add_curvature(dense::Rows gradient, const FloatMatrix& direction, FloatMatrix& out) const {
  const Index dimension = inputs_.dimension();
  for (Index r = 0; r < rows_; ++r) {
    const float* g = gradient.row(r) + dimension;
    const float* sine = state().row(r) + dimension;
    for (Index i = 0; i < dimension; ++i) {
      const NetworkInputs::Coordinate& coordinate = inputs_.coordinates_[static_cast<std::size_t>(i)];
      const Index features = coordinate.features();
      for (Index f = 0; f < features; ++f) {
        const float omega = coordinate.turns[static_cast<std::size_t>(f)];
        out(r, i) -= omega * omega * (g[f] * sine[f] + g[features + f] * sine[features + f]) * direction(r, i);
      }
      g += 2 * features;
      sine += 2 * features;
    }
  }
}

void write_matrix(dense::Rows rows, Index columns, FloatMatrix& out) {
  out.resize(rows.rows, columns);
  for (Index r = 0; r < rows.rows; ++r)
    for (Index i = 0; i < columns; ++i) out(r, i) = rows.row(r)[i];
}

void read_matrix(const FloatMatrix& matrix, dense::Rows rows) {
  ensure(matrix.rows() == rows.rows, "a backward pass does not match its forward pass");
  for (Index r = 0; r < rows.rows; ++r)
    for (Index i = 0; i < matrix.cols(); ++i) rows.row(r)[i] = matrix(r, i);
}

}  // namespace liftwell
