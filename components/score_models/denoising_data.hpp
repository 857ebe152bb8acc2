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

/// Some of the records that examples are made from: training and validation data lie one after the other.
struct RecordRange {
  Index first = 0;
  Index count = 0;
};

/// A record that an entry of a batch may be made from.
struct Candidate {
  Index record;
  std::uint32_t level_word;   ///< random bits for the entry's level
  std::uint32_t choice_word;  ///< and for the choice among its candidates
};

/// A run of entries of a batch, and the work space to make them.
struct BatchPart {
  std::vector<Candidate> candidates;  ///< those of an entry side by side
  FloatMatrix records;                ///< theirs
  BlockBuffer normals;
  FloatMatrix input;   ///< c_in y, entries x dimension
  FloatMatrix label;   ///< entries x label inputs, noised
  FloatMatrix target;  ///< (r x_0 - n)/sqrt(1 + r^2), of angles their score over that of Preconditioning
  std::vector<float> levels;
  std::vector<float> weights;  ///< of the entries in the loss; empty: all alike
};

/// Which records a batch is drawn from, and with which random numbers.
struct BatchSource {
  RecordRange range;
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

  [[nodiscard]] RecordRange training() const { return training_; }
  [[nodiscard]] RecordRange validation() const { return validation_; }
  /// Entries first … first + count - 1 of a batch; entry i is a function of (source, i) alone.
  void fill(BatchPart& part, const BatchSource& source, Index first, Index count) const;

 private:
  /// What an entry of a batch is made of.
  struct Choice {
    const float* record;
    double weight;
  };
  static constexpr Index weighted_candidates = 8;  ///< for an entry, where states are weighted

  [[nodiscard]] Index candidates() const { return weights_.empty() ? 1 : weighted_candidates; }
  [[nodiscard]] Index normals_per_entry() const { return features_ + labels_ * candidates(); }
  void split(double validation_fraction, const RandomStream& stream);
  void spread_weights(const FloatMatrix& labels, const FloatMatrix& noised_labels);
  [[nodiscard]] double at(const Vector& coefficients, const double* label) const;
  [[nodiscard]] Index pick(RecordRange range, std::uint32_t word, std::uint32_t more) const;
  void gather(BatchPart& part, const BatchSource& source, Index first, Index count) const;
  /// Entry `lane` of a part that was gathered; `label` becomes its noised label.
  [[nodiscard]] Choice choose(const BatchPart& part, Index lane, Vector& label) const;

  const DenoisingModel& model_;
  Index features_ = 0, labels_ = 0;  ///< how many of each
  /// f of each state (StateFrame), its label and the noise of its label, in one row: training reads rows in random
  /// order, and each place in memory it must wait for costs as much as the arithmetic of the entry.
  FloatMatrix records_;
  RecordRange training_, validation_;
  std::vector<double> weights_;     ///< w/g of each record; empty: all alike
  std::vector<double> cumulative_;  ///< of weights within their range, where there are any
  LabelBasis weight_basis_;         ///< of the next two, functions of the label
  Vector log_own_weight_;           ///< ln g
  Vector log_mean_weight_;          ///< ln m
  std::vector<double> log_levels_;  ///< equally spaced quantiles of the law of training levels
};

}  // namespace liftwell
