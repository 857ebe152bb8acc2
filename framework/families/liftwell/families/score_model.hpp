// SPDX-License-Identifier: MIT
// A conditional generator of states, seen from outside: recipe -> training -> trained model.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/execution/executor.hpp"
#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/sampler.hpp"

namespace liftwell {

class System;

/// What a model is trained on: states with the coarse value each is labelled with.
struct TrainingData {
  FloatMatrix states;               ///< n x dimension
  FloatMatrix labels;               ///< n x coarse
  FloatMatrix label_noise;          ///< n x coarse: standard deviation of noise added afresh at every
                                    ///< use of the label; 0 where the label is already a window centre
  std::vector<double> weights;      ///< n, or empty where all count alike
  std::vector<std::string> coarse;  ///< names
};

/// One line of training history.
struct TrainingProgress {
  std::int64_t step = 0;
  std::int64_t steps = 0;
  double loss = 0;             ///< mean since the last report
  double validation_loss = 0;  ///< of the averaged weights; NaN until first measured
};

/// Training that can stop at any step and go on later to the same bits.
class Training {
 public:
  virtual ~Training() = default;
  /// Goes on until all steps are done (true) or `pause()` says stop (false).
  virtual bool advance(const std::function<bool(const TrainingProgress&)>& pause) = 0;
  virtual void save_checkpoint(const std::filesystem::path& file) const = 0;
  virtual void load_checkpoint(const std::filesystem::path& file) = 0;
  /// Writes model.h5, and model.pt where the model has one, into `folder`.
  virtual void write_model(const std::filesystem::path& folder) const = 0;
  [[nodiscard]] virtual std::int64_t steps_done() const = 0;
  [[nodiscard]] virtual std::vector<TrainingProgress> history() const = 0;
};

/// States with ln p(x | z) of the draw that made them.
struct WeighedDraws {
  Matrix states;  ///< n x dimension
  LogDensity log_density;
};

/// The artifact type "score_model": draws states consistent with coarse values. Torch-free.
class TrainedScoreModel {
 public:
  static constexpr const char* type_name = "score_model";
  virtual ~TrainedScoreModel() = default;

  [[nodiscard]] virtual Index dimension() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& coarse() const = 0;
  /// How many numbers it generates; the rest of a state follows from the label, or never varied.
  [[nodiscard]] virtual Index generated() const = 0;
  /// How many numbers a state is to it: dimension(), or those of the coordinates in which it sees states.
  [[nodiscard]] virtual Index coordinates() const { return dimension(); }
  /// Range of labels seen in training, coarse x 2.
  [[nodiscard]] virtual Matrix label_range() const = 0;

  /// One state (physical units) for each row of `labels` (n x coarse); row i uses lane
  /// first_sample + i. Results do not depend on threads or on how rows are split over calls.
  /// Adds to `score_evaluations`.
  virtual Matrix draw(const Sampler& sampler, const Matrix& labels, const RandomStream& stream,
                      std::uint32_t first_sample, const Executor& executor, std::int64_t& score_evaluations) const = 0;

  /// The same draws as draw() with this method, and their density as log_density() gives it, up to the method's error,
  /// at the cost of one; NaN where `divergence` says that it is not wanted. A draw that log_density() would not find
  /// again, because it left the range of its coordinates, is all NaN.
  virtual WeighedDraws draw_with_density(const OdeSampler& method, const Matrix& labels, const RandomStream& stream,
                                         std::uint32_t first_sample, const Divergence& divergence,
                                         const Executor& executor, std::int64_t& score_evaluations) const = 0;

  /// ln p(x | z) of each row of `states` (n x dimension) given the same row of `labels`, in physical
  /// units: the density with respect to the generated coordinates, which leave out those that the label
  /// fixes. It is the density of what draw() makes with the same `method`, up to that method's error. Where the model
  /// sees states in other coordinates, it is the density of these.
  virtual LogDensity log_density(const OdeSampler& method, const Matrix& states, const Matrix& labels,
                                 const Divergence& divergence, std::uint32_t first_sample, const Executor& executor,
                                 std::int64_t& score_evaluations) const = 0;

  /// What a density of states, exp(−V/kT), is to be multiplied with before it is compared with log_density(): ln of the
  /// volume of states for each unit of volume of the coordinates, up to a constant, for each row of `states`. 0 for
  /// models that see states as they are.
  [[nodiscard]] virtual Vector log_volume(const Matrix& states) const { return Vector::Zero(states.rows()); }
  /// "" where log_volume() is known, else why not, and what to do to make moves and weights possible.
  [[nodiscard]] virtual std::string why_no_volume() const { return {}; }
};

/// The recipe: noise process, network, conditioning, and how to train.
class ScoreModel {
 public:
  static FamilyInfo family() {
    return {"score_model", "score_models", "A conditional generator of states, and how it is trained.", "denoising"};
  }
  virtual ~ScoreModel() = default;

  [[nodiscard]] virtual const CoarseMap& condition() const = 0;
  /// "" when it can be trained on states of this dimension, else what is wrong.
  [[nodiscard]] virtual std::string misfit(Index dimension) const { return condition().misfit(dimension); }
  /// The same for states of this system, whose atoms must also be numbered as in the files of the recipe.
  [[nodiscard]] virtual std::string misfit(const System& system) const;
  /// Standard deviation of the label noise, one per coarse variable, at temperature kT.
  [[nodiscard]] virtual Vector label_noise(double thermal_energy) const = 0;
  /// True when the label noise is that of a bias, so that states of its windows are labelled with
  /// their window's centre (science: umbrella windows are posteriors).
  [[nodiscard]] virtual bool labels_are_windows() const = 0;
  /// True when states drawn at z have xi(x) = z exactly.
  [[nodiscard]] virtual bool holds_condition() const { return false; }

  [[nodiscard]] virtual std::unique_ptr<Training> start_training(TrainingData data, RandomStream stream,
                                                                 const Executor& executor) const = 0;
  [[nodiscard]] virtual std::unique_ptr<TrainedScoreModel> load(const std::filesystem::path& folder) const = 0;
};

}  // namespace liftwell
