// SPDX-License-Identifier: MIT
// What a `kernel` model consists of, in memory and in model.h5: the data themselves.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kernel_slice.hpp"
#include "liftwell/families/score_model.hpp"
#include "state_frame.hpp"

namespace liftwell {

/// Everything that model.h5 holds. Self-contained: the workflow is not needed to use it.
///
/// Memory: with m generated numbers and k labels, 12 m + 16 k + 16 bytes per state, and 8 (m + 1) more in each
/// running tile for every state of every different label in it. Time: about 4 ns per state of the slice, sample
/// and score evaluation for m = 2 on one core with AVX2 (1450 of 5000 states, heun with 40 evaluations: 0.2 ms
/// per draw).
struct KernelModel {
  std::string noise;                ///< resolved YAML of the noise process
  std::vector<std::string> coarse;  ///< names
  Vector period;                    ///< per label; 0: not periodic
  Matrix label_range;               ///< coarse x 2
  StateFrame frame;
  Vector bandwidth;         ///< per label: deviation of the label kernel where a label carries no noise
  double smoothing = -1;    ///< deviation of the state kernel, standardised; negative: Silverman's rule
  FloatMatrix features;     ///< n x generated: f of StateFrame
  FloatMatrix labels;       ///< n x coarse; increasing where sorted()
  FloatMatrix label_noise;  ///< n x coarse
  Vector log_weights;       ///< n

  [[nodiscard]] Index size() const { return features.rows(); }
  /// One label that is not periodic: rows are in its order, so that those near a value are neighbours.
  [[nodiscard]] bool sorted() const { return period.size() == 1 && period[0] == 0; }
  [[nodiscard]] std::unique_ptr<NoiseProcess> make_noise() const;

  void save(const std::filesystem::path& file) const;
  /// Throws StorageError when `file` is damaged or is not such a model.
  [[nodiscard]] static KernelModel load(const std::filesystem::path& file);
};

/// The states that matter at a label, ready to be looked up for any of them.
class KernelData {
 public:
  explicit KernelData(KernelModel model);
  [[nodiscard]] const KernelModel& model() const { return model_; }

  /// The states whose label weight is at least 1e-12 of the largest,
  ///   w_i(z) = W_i Π_k N(z_k; z_ik, e_ik²),   e the label noise, or the bandwidth where there is none,
  /// standardised. A state whose label carries noise may belong to any z, and stands where it is; one whose
  /// label does not stands in for the states at z, and moves along with the frame, as (f_i − μ(z_i))/s(z_i):
  /// the bandwidth then blurs how the shape changes with z, not how the law moves and widens. Branches that stay
  /// while their weights change are blurred by this instead: a frame that does not follow leaves states alone.
  [[nodiscard]] KernelSlice slice(const Vector& label) const;

 private:
  [[nodiscard]] double log_weight(Index row, const Vector& label) const;
  /// Rows that can matter, from the first to one before the last.
  [[nodiscard]] std::pair<Index, Index> candidates(const Vector& label) const;

  KernelModel model_;
  Matrix own_;                 ///< (f_i − μ(z_i))/s(z_i) where follows_[i]
  std::vector<char> follows_;  ///< no label noise
  Matrix deviations_;          ///< e
  Vector log_prefactors_;      ///< ln W − Σ_k ln e
};

/// The model ready to draw.
[[nodiscard]] std::unique_ptr<TrainedScoreModel> trained_kernel_model(KernelModel model);

}  // namespace liftwell
