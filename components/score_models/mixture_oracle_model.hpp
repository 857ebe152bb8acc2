// SPDX-License-Identifier: MIT
// What model.h5 of a `mixture_oracle` holds, and how it scores.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "affine_coarse.hpp"
#include "liftwell/families/score_model.hpp"
#include "normal_mixture.hpp"

namespace liftwell {

/// Self-contained: the workflow is not needed to use it.
struct MixtureOracleModel {
  std::string noise;                ///< resolved YAML of the noise process
  std::vector<std::string> coarse;  ///< names
  ObservedMixture law;

  void save(const std::filesystem::path& file) const;
  /// Throws StorageError when `file` is damaged or is not such a model.
  [[nodiscard]] static MixtureOracleModel load(const std::filesystem::path& file);
};

/// The model ready to draw. Its log_density goes through the probability flow like that of every model,
/// because a Metropolis move needs the density of the map that draws; ConditionalMixture::log_density is the
/// closed form to hold it against.
[[nodiscard]] std::unique_ptr<TrainedScoreModel> trained_mixture_oracle(MixtureOracleModel model);

}  // namespace liftwell
