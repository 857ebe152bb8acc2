// SPDX-License-Identifier: MIT
// The examples that a `denoising` model learns from: standardised states, noised afresh at every use.
#pragma once

#include <vector>

#include "denoising_model.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/data/block.hpp"
#include "liftwell/families/score_model.hpp"
#include "training_frame.hpp"
#include "training_levels.hpp"

namespace liftwell {

/// A run of entries of a batch, and the work space to make them.
struct BatchPart {
  BlockBuffer normals;
  FloatMatrix input;   ///< c_in y, entries x dimension
  FloatMatrix label;   ///< entries x label inputs, noised
  FloatMatrix target;  ///< (r x_0 - n)/sqrt(1 + r^2), of angles their score over that of Preconditioning
  std::vector<float> levels;
  std::vector<float> weights;  ///< of the entries in the loss; empty: all alike
};

/// Which rows a batch is drawn from, and with which random numbers.
struct BatchSource {
  const std::vector<Index>* rows;
  RandomStream choice;
  RandomStream noise;
  std::uint64_t step;
  Index batch;
};

/// How data become examples.
struct DataSetup {
  FrameSetup frame;
  TrainingLevels levels;
  double validation_fraction = 0;
};

class DenoisingData {
 public:
  /// Standardises the data and notes in `model` how. Throws RunError when there is nothing to learn.
  DenoisingData(TrainingData data, const DataSetup& setup, const RandomStream& stream, DenoisingModel& model);

  [[nodiscard]] const std::vector<Index>& training() const { return training_; }
  [[nodiscard]] const std::vector<Index>& validation() const { return validation_; }
  /// Entries first … first + count - 1 of a batch; entry i is a function of (source, i) alone.
  void fill(BatchPart& part, const BatchSource& source, Index first, Index count) const;

 private:
  /// What an entry of a batch is made of.
  struct Choice {
    Index row;
    std::uint32_t word;  ///< random bits for its level
    double weight;
  };
  static constexpr Index candidates = 8;  ///< for an entry, where states are weighted

  [[nodiscard]] Choice choose(const BatchSource& source, std::uint32_t entry, const Block& normals, Index lane,
                              Vector& label) const;
  [[nodiscard]] Index normals_per_entry() const {
    return features_.cols() + labels_.cols() * (weights_.empty() ? 1 : candidates);
  }
  void split(double validation_fraction, const RandomStream& stream);
  void spread_weights(const FloatMatrix& noised_labels);
  [[nodiscard]] double at(const Vector& coefficients, const double* label) const;
  [[nodiscard]] Index pick(const BatchSource& source, std::uint32_t word, std::uint32_t more) const;

  const DenoisingModel& model_;
  FloatMatrix features_;  ///< f of each state: StateFrame
  FloatMatrix labels_, label_noise_;
  std::vector<double> weights_;     ///< w/g of each state; empty: all alike
  LabelBasis weight_basis_;         ///< of the next two, functions of the label
  Vector log_own_weight_;           ///< ln g
  Vector log_mean_weight_;          ///< ln m
  std::vector<double> log_levels_;  ///< equally spaced quantiles of the law of training levels
  std::vector<Index> training_, validation_;
  std::vector<double> cumulative_, validation_cumulative_;  ///< of weights, where there are any
};

}  // namespace liftwell
