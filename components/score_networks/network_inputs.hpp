// SPDX-License-Identifier: MIT
// What every network of this folder sees: numbers with their Fourier features, for the state, the label
// and the noise level, with derivatives and as TorchScript.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/base/dense.hpp"
#include "liftwell/families/score_network.hpp"

namespace liftwell {

struct InputOptions {
  std::int64_t level_features = 8;
  double highest_frequency = 1;
  std::optional<std::int64_t> state_features;
  double highest_state_frequency = 1;
  std::int64_t condition_features = 8;
  double highest_condition_frequency = 2;
};

/// The inputs of one sample in order:
///   state: x_1 … x_d, then for each coordinate the sines and the cosines of omega x_i; for an angle, 0 in
///     place of x_i, and omega = 1, 2, 3;
///   label: z_1 … z_k, then the same of each z_i;   level: sines and cosines of omega level.
/// The other angular frequencies omega are geometric, from 2 pi/8 to 2 pi times the highest.
class NetworkInputs {
 public:
  NetworkInputs(const InputOptions& options, const NetworkShape& shape);

  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] Index condition() const { return condition_; }
  /// How many inputs there are of each kind.
  [[nodiscard]] Index state() const { return state_; }
  [[nodiscard]] Index label() const { return condition_ * (1 + 2 * static_cast<Index>(of_label_.size())); }
  [[nodiscard]] Index level() const { return 2 * static_cast<Index>(of_level_.size()); }
  [[nodiscard]] Index all() const { return state() + label() + level(); }

  /// Writes level() numbers.
  void write_level(float level, float* out) const;

  /// TorchScript: `lines` to run first, then expressions to be joined by torch.cat, each followed by ", "
  /// except the last of `level`.
  struct Script {
    std::string lines, state, label, level;
  };
  [[nodiscard]] Script script() const;
  /// TorchScript lines that set `out` to the derivative along x when `d` (samples x state()) is that along
  /// the inputs. To follow `lines` of script().
  [[nodiscard]] std::string pull_back_script() const;

 private:
  friend class InputRows;
  /// What is seen of a coordinate.
  struct Coordinate {
    float itself;              ///< factor of x_i: 1, or 0 for an angle
    std::vector<float> turns;  ///< angular frequencies
    [[nodiscard]] Index features() const { return static_cast<Index>(turns.size()); }
  };
  Index dimension_;
  Index condition_;
  Index state_;
  std::vector<Coordinate> coordinates_;
  std::vector<float> of_level_, of_label_;  ///< angular frequencies
};

/// The inputs of the samples of one pass.
class InputRows {
 public:
  InputRows(const NetworkInputs& inputs, Index samples);

  /// First the states (samples x dimension), then the rest for as many samples.
  void read_state(const FloatMatrix& x);
  /// A sampler asks for many noise levels at the same labels: their features are made once.
  void read_label(const FloatMatrix& z);
  void read_levels(const std::vector<float>& levels);

  [[nodiscard]] Index rows() const { return rows_; }
  /// Changes whenever read_label saw other labels than before.
  [[nodiscard]] std::int64_t label_version() const { return label_version_; }
  [[nodiscard]] const FloatMatrix& labels() const { return label_; }
  [[nodiscard]] dense::Rows all() const { return values_.first(rows_); }
  [[nodiscard]] dense::Rows state() const { return all(); }
  [[nodiscard]] dense::Rows label() const { return {values_.rows().data + inputs_.state(), rows_, all().stride}; }

  /// How the state's inputs change along `direction` (samples x dimension).
  [[nodiscard]] dense::Rows along(const FloatMatrix& direction);
  /// out_i = sum over inputs a of gradient_a da/dx_i, for gradients along the state's inputs.
  void pull_back(dense::Rows gradient, FloatMatrix& out) const;
  /// out_i += sum over inputs a of gradient_a (d²a/dx_i²) direction_i.
  void add_curvature(dense::Rows gradient, const FloatMatrix& direction, FloatMatrix& out) const;

 private:
  const NetworkInputs& inputs_;
  Index rows_ = 0;
  std::int64_t label_version_ = 0;
  FloatMatrix label_;  ///< whose features stand in values_
  dense::Buffer values_, directions_;
};

/// The first rows x columns numbers as a matrix, and the other way round.
void write_matrix(dense::Rows rows, Index columns, FloatMatrix& out);
void read_matrix(const FloatMatrix& matrix, dense::Rows rows);
/// Rows `first` … `first` + `count` − 1.
[[nodiscard]] inline dense::Rows part(dense::Rows rows, Index first, Index count) {
  return {rows.row(first), count, rows.stride};
}

/// Declares the parameters of InputOptions, from which `Options` is derived.
template <class Options>
Declaration<ScoreNetwork, Options>&& with_inputs(Declaration<ScoreNetwork, Options>&& declaration) {
  const auto own = []<class T>(T InputOptions::*member) -> T Options::* { return member; };
  return std::move(declaration)
      .parameter("level_features", own(&InputOptions::level_features), unit::none,
                 "Number of frequencies by which the network sees the noise level.", between(1, 256))
      .parameter("highest_frequency", own(&InputOptions::highest_frequency), unit::dimensionless,
                 "Highest of these frequencies, per unit of ln(noise level)/4; the lowest is 1/8.", at_least(0.125))
      .parameter("state_features", own(&InputOptions::state_features), unit::none,
                 "Number of frequencies by which the network sees each coordinate, besides the coordinate itself; "
                 "unset: 6 where at most two coordinates are generated, else none.",
                 between(0, 256))
      .parameter("highest_state_frequency", own(&InputOptions::highest_state_frequency), unit::dimensionless,
                 "Highest of these frequencies, per standard deviation of the noised coordinate; the lowest is 1/8.",
                 at_least(0.125))
      .parameter("condition_features", own(&InputOptions::condition_features), unit::none,
                 "Number of frequencies by which the network sees each standardised coarse value, besides the value "
                 "itself; 0 for none.",
                 between(0, 256))
      .parameter("highest_condition_frequency", own(&InputOptions::highest_condition_frequency), unit::dimensionless,
                 "Highest of these frequencies, per standard deviation of the coarse value; the lowest is 1/8.",
                 at_least(0.125));
}

}  // namespace liftwell
