// SPDX-License-Identifier: MIT
// Draws and densities by tiles of samples: what trained models share, whatever their score is made of.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "liftwell/families/noise_process.hpp"
#include "liftwell/families/score_field.hpp"
#include "liftwell/families/score_model.hpp"
#include "state_frame.hpp"

namespace liftwell {

/// A tile of samples whose labels are bound: the score of their standardised states y, and the way from y
/// to states in physical units and back. Row i belongs to label i; nothing depends on the rows beside it.
class BoundTile : public ScoreField {
 public:
  [[nodiscard]] virtual Index generated() const = 0;  ///< numbers in y
  [[nodiscard]] virtual Matrix standardised(const Matrix& states) const = 0;
  [[nodiscard]] virtual Matrix states_of(const Matrix& y) const = 0;
  /// ln |∂x/∂y| per row, x counted in the generated coordinates.
  [[nodiscard]] virtual Vector log_volume() const = 0;
};

/// A tile whose y are those of a StateFrame, which must outlive it.
class FramedTile : public BoundTile {
 public:
  FramedTile(const StateFrame& frame, Matrix labels) : frame_(frame), labels_(std::move(labels)) {}
  [[nodiscard]] Index generated() const final { return frame_.generated(); }
  [[nodiscard]] const std::vector<Index>& angles() const final { return frame_.angles(); }
  [[nodiscard]] Matrix standardised(const Matrix& states) const final { return frame_.standardised(states, labels_); }
  [[nodiscard]] Matrix states_of(const Matrix& y) const final { return frame_.states_of(y, labels_); }
  [[nodiscard]] Vector log_volume() const final { return frame_.log_volume(labels_); }

 private:
  const StateFrame& frame_;
  Matrix labels_;
};

/// The different rows of a matrix, in order of appearance, and which of them each row is: what a tile
/// prepares for a label serves all samples at it.
struct DistinctRows {
  Matrix rows;
  std::vector<Index> of;
};
[[nodiscard]] DistinctRows distinct_rows(const Matrix& rows);

class TiledScoreModel : public TrainedScoreModel {
 public:
  Matrix draw(const Sampler& sampler, const Matrix& labels, const RandomStream& stream, std::uint32_t first_sample,
              const Executor& executor, std::int64_t& score_evaluations) const final;
  WeighedDraws draw_with_density(const OdeSampler& method, const Matrix& labels, const RandomStream& stream,
                                 std::uint32_t first_sample, const Divergence& divergence, const Executor& executor,
                                 std::int64_t& score_evaluations) const final;
  LogDensity log_density(const OdeSampler& method, const Matrix& states, const Matrix& labels,
                         const Divergence& divergence, std::uint32_t first_sample, const Executor& executor,
                         std::int64_t& score_evaluations) const final;

 protected:
  /// `tile`: samples of one unit of parallel work; it does not matter to the results.
  explicit TiledScoreModel(std::unique_ptr<NoiseProcess> noise, Index tile = 96)
      : noise_(std::move(noise)), tile_(tile) {}

  [[nodiscard]] virtual std::unique_ptr<BoundTile> bind(const Matrix& labels) const = 0;
  [[nodiscard]] const NoiseProcess& noise() const { return *noise_; }

 private:
  template <class Work>
  void by_tiles(const Matrix& labels, const Executor& executor, std::int64_t& score_evaluations,
                const Work& work) const;

  std::unique_ptr<NoiseProcess> noise_;
  Index tile_;
};

}  // namespace liftwell
