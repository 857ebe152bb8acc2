// SPDX-License-Identifier: MIT
// Denoising score matching with Adam, resumable at any step to the same bits.
#pragma once

#include <memory>
#include <string>

#include "denoising_data.hpp"
#include "denoising_model.hpp"
#include "liftwell/families/score_model.hpp"
#include "training_levels.hpp"

namespace liftwell {

struct TrainingOptions {
  std::int64_t steps = 4000;
  std::int64_t batch = 512;
  double learning_rate = 2e-3;
  std::int64_t warm_up = 100;
  std::string decay = "cosine";
  double ema_decay = 0.999;
  double gradient_clip = 1;
  double validation_fraction = 0.1;
  std::int64_t validation_every = 250;
  std::string keep = "best";
  std::int64_t patience = 0;
  TrainingLevels levels;
};

/// What the training starts from. The two YAML texts go into the model.
struct TrainingSetup {
  TrainingOptions options;
  std::string noise;
  std::string network;
  FrameSetup frame;
  bool torchscript = true;
};

/// Minimises E |F(c_in y, z, ln(r)/4) − (r x_0 − n)/sqrt(1 + r^2)|^2 over rows of the data, noise n and
/// noise levels r (see Preconditioning): the loss of Karras et al., arXiv 2206.00364, equation 8 with the
/// weight 1/c_out^2, whose target has unit variance at every level.
///
/// The row, level and noise of entry i of the batch of step s are a function of (stream, s, i) alone. The
/// batch is cut into shards of a fixed size whose gradients are added in order, so neither threads nor
/// interruptions change a bit.
[[nodiscard]] std::unique_ptr<Training> denoising_training(TrainingSetup setup, TrainingData data, RandomStream stream,
                                                           const Executor& executor);

}  // namespace liftwell
