// SPDX-License-Identifier: MIT
// Variance-exploding noise: the data stay where they are and the noise grows geometrically.
#include <fmt/format.h>

#include <cmath>

#include "liftwell/families/noise_process.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double sigma_min = 0.005;
  double sigma_max = 50;

  void check(Problems& problems) const {
    if (sigma_min >= sigma_max)
      problems.add("sigma_max", "the largest noise level must be above the smallest", fmt::format("{}", sigma_max),
                   fmt::format("above sigma_min ({})", sigma_min));
  }
};

/// alpha = 1, sigma(t) = sigma_min (sigma_max / sigma_min)^t on t in [0, 1], so f = 0 and
/// g^2 = 2 sigma^2 ln(sigma_max / sigma_min).
class VarianceExploding final : public NoiseProcess {
 public:
  explicit VarianceExploding(const Options& options)
      : sigma_min_(options.sigma_min), log_ratio_(std::log(options.sigma_max / options.sigma_min)) {}

  [[nodiscard]] double first_time() const override { return 0; }
  [[nodiscard]] double alpha(double) const override { return 1; }
  [[nodiscard]] double sigma(double t) const override { return sigma_min_ * std::exp(t * log_ratio_); }
  [[nodiscard]] double drift(double) const override { return 0; }
  [[nodiscard]] double diffusion2(double t) const override { return 2 * log_ratio_ * sigma(t) * sigma(t); }
  [[nodiscard]] double time_at(double noise_level) const override {
    return std::log(noise_level / sigma_min_) / log_ratio_;
  }
  [[nodiscard]] std::string script() const override {
    return fmt::format(
        "def alpha(self, t: Tensor) -> Tensor:\n"
        "    return torch.ones_like(t)\n"
        "def sigma(self, t: Tensor) -> Tensor:\n"
        "    return {:.17g} * torch.exp(t * {:.17g})\n",
        sigma_min_, log_ratio_);
  }

 private:
  double sigma_min_;
  double log_ratio_;
};

}  // namespace

LIFTWELL_COMPONENT(variance_exploding) {
  return Declaration<NoiseProcess, Options>("variance_exploding", "Noise that grows geometrically around fixed data.")
      .reference("Song et al., ICLR 2021, arXiv 2011.13456, equation 30.")
      .parameter("sigma_min", &Options::sigma_min, unit::dimensionless,
                 "Noise level at which data count as clean, in standard deviations of the data.", above(0))
      .parameter("sigma_max", &Options::sigma_max, unit::dimensionless,
                 "Noise level from which draws start, in standard deviations of the data.", above(0))
      .example("{type: variance_exploding, sigma_min: 0.01, sigma_max: 20}")
      .creates<VarianceExploding>();
}

}  // namespace liftwell
