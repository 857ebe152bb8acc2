// SPDX-License-Identifier: MIT
// Noise around data that stay where they are: what variance_exploding and edm share.
#pragma once

#include <string>

#include "liftwell/families/noise_process.hpp"

namespace liftwell {

struct ExplodingRange {
  double sigma_min;
  double sigma_max;

  void check(Problems& problems) const;
};

/// alpha = 1, so f = 0 and g^2 = d sigma^2/dt, on t in [0, 1]; geometric: sigma(t) = sigma_min (sigma_max /
/// sigma_min)^t; linear: sigma(t) = sigma_min + t (sigma_max - sigma_min).
class ExplodingNoise : public NoiseProcess {
 public:
  ExplodingNoise(const ExplodingRange& range, bool geometric);

  [[nodiscard]] double first_time() const final { return 0; }
  [[nodiscard]] double alpha(double) const final { return 1; }
  [[nodiscard]] double sigma(double t) const final;
  [[nodiscard]] double drift(double) const final { return 0; }
  [[nodiscard]] double diffusion2(double t) const final;
  [[nodiscard]] double time_at(double noise_level) const final;
  [[nodiscard]] std::string script() const final;

 private:
  bool geometric_;
  double sigma_min_;
  double growth_;  ///< of ln sigma or of sigma
};

}  // namespace liftwell
