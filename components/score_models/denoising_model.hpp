// SPDX-License-Identifier: MIT
// What a trained `denoising` model consists of, in memory and in model.h5, and how it scores.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/families/noise_process.hpp"
#include "liftwell/families/score_model.hpp"
#include "liftwell/families/score_network.hpp"
#include "liftwell/families/torch_module.hpp"
#include "state_frame.hpp"

namespace liftwell {

/// Karras et al., NeurIPS 2022, arXiv 2206.00364, equation 7 and table 1, for data of unit variance.
/// With y = x_t / alpha(t) = x_0 + r n and the noise level r = sigma/alpha, the denoiser is
///   D(y; r) = c_skip y + c_out F(c_in y, z, ln(r)/4),
///   c_skip = 1/(1 + r^2), c_out = r/sqrt(1 + r^2), c_in = 1/sqrt(1 + r^2),
/// the score of y is (D − y)/r^2 = c_in F/r − c_in^2 y, and that of x_t is 1/alpha of it.
///
/// An angle has no place to shrink to: F sees it as it is, and its score is F sqrt(1 + 2 r^2) exp(−r^2/2)/r. The factor
/// is within 10 % the root mean square of the score of a normal law of deviation r wrapped on the circle, 1/r where it
/// is narrow and sqrt(2) exp(−r^2/2) where it is wide, so that F has to be of order one at every level.
struct Preconditioning {
  explicit Preconditioning(double noise_level);
  double input_scale;  ///< c_in
  double level;        ///< ln(r)/4
  /// sqrt(1 + 2 r^2) exp(−r^2/2)/r; not a member, because most models have no angles.
  [[nodiscard]] static double angle_score(double noise_level);
};

/// Everything that model.h5 holds. Self-contained: the workflow is not needed to use it.
struct DenoisingModel {
  std::string noise;                ///< resolved YAML of the noise process
  std::string network;              ///< resolved YAML of the network
  std::vector<std::string> coarse;  ///< names
  Vector period;                    ///< per label; 0: not periodic
  Vector label_mean, label_deviation;
  Matrix label_range;  ///< coarse x 2
  StateFrame frame;
  std::vector<float> weights;

  [[nodiscard]] Index dimension() const { return frame.dimension(); }
  [[nodiscard]] Index condition() const { return label_mean.size(); }
  /// Numbers by which the network sees a label: one each, or cosine and sine where it is periodic.
  [[nodiscard]] Index label_inputs() const;
  void write_label(const double* label, float* inputs) const;
  [[nodiscard]] std::unique_ptr<NoiseProcess> make_noise() const;
  [[nodiscard]] std::unique_ptr<Network> make_network() const;
  [[nodiscard]] NetworkShape network_shape() const { return {frame.generated(), label_inputs(), frame.angles()}; }

  void save(const std::filesystem::path& file) const;
  /// Throws StorageError when `file` is damaged or is not such a model.
  [[nodiscard]] static DenoisingModel load(const std::filesystem::path& file);
  /// model.pt: forward(x, t, z) is the score of x_t in physical units (of the generated coordinates), where
  /// x_t = frame(alpha(t) y_0 + sigma(t) n; z) with y_0 the standardised state; x is n x dimension, t n, z n x
  /// coarse, single or double precision.
  void save_torchscript(const std::filesystem::path& file) const;
};

/// The model ready to draw.
[[nodiscard]] std::unique_ptr<TrainedScoreModel> trained_denoising_model(DenoisingModel model);

}  // namespace liftwell
