// SPDX-License-Identifier: MIT
// Variance-exploding noise: the data stay where they are and the noise grows, geometrically by default.
#include "exploding_noise.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double sigma_min = 0.005;
  double sigma_max = 50;
  std::string schedule = "geometric";

  void check(Problems& problems) const { ExplodingRange{sigma_min, sigma_max}.check(problems); }
};

class VarianceExploding final : public ExplodingNoise {
 public:
  explicit VarianceExploding(const Options& options)
      : ExplodingNoise({options.sigma_min, options.sigma_max}, options.schedule == "geometric") {}
};

}  // namespace

LIFTWELL_COMPONENT(variance_exploding) {
  return Declaration<NoiseProcess, Options>("variance_exploding", "Noise that grows around fixed data.")
      .reference("Song et al., ICLR 2021, arXiv 2011.13456, equation 30.")
      .parameter("sigma_min", &Options::sigma_min, unit::dimensionless,
                 "Noise level at which data count as clean, in standard deviations of the data.", above(0))
      .parameter("sigma_max", &Options::sigma_max, unit::dimensionless,
                 "Noise level from which draws start, in standard deviations of the data.", above(0))
      .parameter("schedule", &Options::schedule, unit::none,
                 "How the noise level grows with t; linear is `edm`, for samplers that do not step uniformly in t.",
                 one_of({"geometric", "linear"}))
      .example("{type: variance_exploding, sigma_min: 0.01, sigma_max: 20}")
      .creates<VarianceExploding>();
}

}  // namespace liftwell
