// SPDX-License-Identifier: MIT
#include "exploding_noise.hpp"

#include <fmt/format.h>

#include <cmath>

namespace liftwell {

void ExplodingRange::check(Problems& problems) const {
  if (sigma_min >= sigma_max)
    problems.add("sigma_max", "the largest noise level must be above the smallest", fmt::format("{}", sigma_max),
                 fmt::format("above sigma_min ({})", sigma_min));
}

ExplodingNoise::ExplodingNoise(const ExplodingRange& range, bool geometric)
    : geometric_(geometric),
      sigma_min_(range.sigma_min),
      growth_(geometric ? std::log(range.sigma_max / range.sigma_min) : range.sigma_max - range.sigma_min) {}

double ExplodingNoise::sigma(double t) const {
  return geometric_ ? sigma_min_ * std::exp(t * growth_) : sigma_min_ + t * growth_;
}

double ExplodingNoise::diffusion2(double t) const {
  return geometric_ ? 2 * growth_ * sigma(t) * sigma(t) : 2 * growth_ * sigma(t);
}

double ExplodingNoise::time_at(double noise_level) const {
  return (geometric_ ? std::log(noise_level / sigma_min_) : noise_level - sigma_min_) / growth_;
}

std::string ExplodingNoise::script() const {
  return fmt::format(
      "def alpha(self, t: Tensor) -> Tensor:\n"
      "    return torch.ones_like(t)\n"
      "def sigma(self, t: Tensor) -> Tensor:\n"
      "    return {:.17g} {}\n",
      sigma_min_,
      geometric_ ? fmt::format("* torch.exp(t * {:.17g})", growth_) : fmt::format("+ t * {:.17g}", growth_));
}

}  // namespace liftwell
