// SPDX-License-Identifier: MIT
// Sub-variance-preserving noise: as variance_preserving, with less noise at every time.
#include <fmt/format.h>

#include <cmath>

#include "liftwell/families/noise_process.hpp"
#include "liftwell/registry/registry.hpp"
#include "linear_rate.hpp"

namespace liftwell {
namespace {

struct Options {
  double beta_min = 0.1;
  double beta_max = 20;
  double first_time = 0.01;

  void check(Problems& problems) const {
    if (beta_min > beta_max)
      problems.add("beta_max", "the last rate must not be below the first", fmt::format("{}", beta_max),
                   fmt::format("at least beta_min ({})", beta_min));
  }
};

/// With B(t) = int_0^t beta: alpha = exp(-B/2), sigma = 1 - exp(-B), f = -beta/2,
/// g^2 = beta (1 - exp(-2 B)), and sigma/alpha = 2 sinh(B/2).
class SubVariancePreserving final : public NoiseProcess {
 public:
  explicit SubVariancePreserving(const Options& options)
      : rate_(options.beta_min, options.beta_max), first_time_(options.first_time) {}

  [[nodiscard]] double first_time() const override { return first_time_; }
  [[nodiscard]] double alpha(double t) const override { return std::exp(-0.5 * rate_.integral(t)); }
  [[nodiscard]] double sigma(double t) const override { return -std::expm1(-rate_.integral(t)); }
  [[nodiscard]] double drift(double t) const override { return -0.5 * rate_.rate(t); }
  [[nodiscard]] double diffusion2(double t) const override {
    return -rate_.rate(t) * std::expm1(-2 * rate_.integral(t));
  }
  [[nodiscard]] double time_at(double noise_level) const override {
    return rate_.time_at(2 * std::asinh(0.5 * noise_level));
  }
  [[nodiscard]] std::string script() const override {
    const std::string integral = rate_.integral_script();
    return "def alpha(self, t: Tensor) -> Tensor:\n    return torch.exp(-0.5 * " + integral +
           ")\n"
           "def sigma(self, t: Tensor) -> Tensor:\n    return -torch.expm1(-1.0 * " +
           integral + ")\n";
  }

 private:
  LinearRate rate_;
  double first_time_;
};

}  // namespace

LIFTWELL_COMPONENT(sub_variance_preserving) {
  return Declaration<NoiseProcess, Options>("sub_variance_preserving",
                                            "Noise that replaces the data, weaker than variance_preserving's.")
      .reference("Song et al., ICLR 2021, arXiv 2011.13456, equation 29 in appendix B.")
      .parameter("beta_min", &Options::beta_min, unit::dimensionless, "Rate of noising at t = 0.", above(0))
      .parameter("beta_max", &Options::beta_max, unit::dimensionless,
                 "Rate of noising at t = 1, reached linearly in t.", above(0))
      .parameter("first_time", &Options::first_time, unit::dimensionless,
                 "Time at which data count as clean; below it the score is not learned.", inside(0, 1))
      .example("{type: sub_variance_preserving, beta_min: 0.1, beta_max: 20}")
      .creates<SubVariancePreserving>();
}

}  // namespace liftwell
