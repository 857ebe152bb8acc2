// SPDX-License-Identifier: MIT
// A model of coordinates q(x) as a model of states x.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "liftwell/families/representation.hpp"
#include "liftwell/families/score_model.hpp"

namespace liftwell {

/// What a representation took from the data, and which of its coordinates the labels are: representation.h5.
struct RepresentationData {
  Matrix fitted;
  std::vector<Index> held;  ///< one for each coarse variable that is held; else empty

  void save(const std::filesystem::path& file) const;
  /// Throws StorageError when `file` is damaged or is no such file.
  [[nodiscard]] static RepresentationData load(const std::filesystem::path& file);
};

/// `training` learns coordinates; beside its model this one writes what they are.
[[nodiscard]] std::unique_ptr<Training> represented_training(std::unique_ptr<Training> training,
                                                             RepresentationData data);

/// Draws q from `model` and gives x(q). Densities are those of q; log_volume() is that of the coordinates.
[[nodiscard]] std::unique_ptr<TrainedScoreModel> represented_model(std::unique_ptr<TrainedScoreModel> model,
                                                                   std::unique_ptr<StateCoordinates> coordinates,
                                                                   std::vector<Index> held);

}  // namespace liftwell
