// SPDX-License-Identifier: MIT
// Variance-preserving noise: the data shrink as the noise grows, total variance stays one.
#include <fmt/format.h>

#include <cmath>

#include "liftwell/families/noise_process.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double beta_min = 0.1;
  double beta_max = 20;
  double first_time = 1e-4;

  void check(Problems& problems) const {
    if (beta_min > beta_max)
      problems.add("beta_max", "the last rate must not be below the first", fmt::format("{}", beta_max),
                   fmt::format("at least beta_min ({})", beta_min));
  }
};

/// With B(t) = int_0^t beta = beta_min t + (beta_max - beta_min) t^2 / 2: alpha = exp(-B/2),
/// sigma^2 = 1 - exp(-B), f = -beta/2, g^2 = beta, and (sigma/alpha)^2 = exp(B) - 1.
class VariancePreserving final : public NoiseProcess {
 public:
  explicit VariancePreserving(const Options& options)
      : beta_min_(options.beta_min), slope_(options.beta_max - options.beta_min), first_time_(options.first_time) {}

  [[nodiscard]] double first_time() const override { return first_time_; }
  [[nodiscard]] double alpha(double t) const override { return std::exp(-0.5 * integral(t)); }
  [[nodiscard]] double sigma(double t) const override { return std::sqrt(-std::expm1(-integral(t))); }
  [[nodiscard]] double drift(double t) const override { return -0.5 * rate(t); }
  [[nodiscard]] double diffusion2(double t) const override { return rate(t); }
  [[nodiscard]] double time_at(double noise_level) const override {
    const double integral = std::log1p(noise_level * noise_level);
    return 2 * integral / (beta_min_ + std::sqrt(beta_min_ * beta_min_ + 2 * slope_ * integral));
  }
  [[nodiscard]] std::string script() const override {
    const std::string integral = fmt::format("(t * ({:.17g} + t * {:.17g}))", beta_min_, 0.5 * slope_);
    return "def alpha(self, t: Tensor) -> Tensor:\n    return torch.exp(-0.5 * " + integral +
           ")\n"
           "def sigma(self, t: Tensor) -> Tensor:\n    return torch.sqrt(-torch.expm1(-1.0 * " +
           integral + "))\n";
  }

 private:
  [[nodiscard]] double rate(double t) const { return beta_min_ + slope_ * t; }
  [[nodiscard]] double integral(double t) const { return t * (beta_min_ + 0.5 * slope_ * t); }

  double beta_min_;
  double slope_;
  double first_time_;
};

}  // namespace

LIFTWELL_COMPONENT(variance_preserving) {
  return Declaration<NoiseProcess, Options>("variance_preserving",
                                            "Noise that replaces the data at constant total variance.")
      .reference("Song et al., ICLR 2021, arXiv 2011.13456, equation 32.")
      .parameter("beta_min", &Options::beta_min, unit::dimensionless, "Rate of noising at t = 0.", above(0))
      .parameter("beta_max", &Options::beta_max, unit::dimensionless,
                 "Rate of noising at t = 1, reached linearly in t.", above(0))
      .parameter("first_time", &Options::first_time, unit::dimensionless,
                 "Time at which data count as clean; below it the score is not learned.", inside(0, 1))
      .example("{type: variance_preserving, beta_min: 0.1, beta_max: 20}")
      .creates<VariancePreserving>();
}

}  // namespace liftwell
