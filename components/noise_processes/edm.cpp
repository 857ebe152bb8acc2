// SPDX-License-Identifier: MIT
// The noise of Karras et al.: the noise level is the time.
#include "exploding_noise.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

// Karras et al. take 0.002 and 80 for data of deviation 0.5; here data have deviation 1.
struct Options {
  double sigma_min = 0.004;
  double sigma_max = 160;

  void check(Problems& problems) const { ExplodingRange{sigma_min, sigma_max}.check(problems); }
};

/// variance_exploding with the linear schedule, under its own name and with its own range: steps uniform in
/// t are too long for it at low noise, so samplers space their levels otherwise.
class Edm final : public ExplodingNoise {
 public:
  explicit Edm(const Options& options) : ExplodingNoise({options.sigma_min, options.sigma_max}, false) {}
};

}  // namespace

LIFTWELL_COMPONENT(edm) {
  return Declaration<NoiseProcess, Options>("edm", "Noise whose level grows linearly in time around fixed data.")
      .reference("Karras et al., NeurIPS 2022, arXiv 2206.00364, table 1: sigma(t) = t.")
      .parameter("sigma_min", &Options::sigma_min, unit::dimensionless,
                 "Noise level at which data count as clean, in standard deviations of the data.", above(0))
      .parameter("sigma_max", &Options::sigma_max, unit::dimensionless,
                 "Noise level from which draws start, in standard deviations of the data.", above(0))
      .example("{type: edm, sigma_min: 0.01, sigma_max: 20}")
      .creates<Edm>();
}

}  // namespace liftwell
