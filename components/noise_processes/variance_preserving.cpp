// SPDX-License-Identifier: MIT
// Variance-preserving noise: the data shrink as the noise grows, total variance stays one.
#include <fmt/format.h>

#include <cmath>
#include <variant>

#include "cosine_rate.hpp"
#include "liftwell/families/noise_process.hpp"
#include "liftwell/registry/registry.hpp"
#include "linear_rate.hpp"

namespace liftwell {
namespace {

struct Options {
  std::string schedule = "linear";
  double beta_min = 0.1;
  double beta_max = 20;
  double last_level = 100;
  double first_time = 1e-4;

  void check(Problems& problems) const {
    if (beta_min > beta_max)
      problems.add("beta_max", "the last rate must not be below the first", fmt::format("{}", beta_max),
                   fmt::format("at least beta_min ({})", beta_min));
  }
};

/// With B(t) = int_0^t beta, of the schedule: alpha = exp(-B/2), sigma^2 = 1 - exp(-B), f = -beta/2,
/// g^2 = beta, and (sigma/alpha)^2 = exp(B) - 1.
class VariancePreserving final : public NoiseProcess {
 public:
  explicit VariancePreserving(const Options& options)
      : schedule_(schedule_of(options)), first_time_(options.first_time) {}

  [[nodiscard]] double first_time() const override { return first_time_; }
  [[nodiscard]] double alpha(double t) const override { return std::exp(-0.5 * integral(t)); }
  [[nodiscard]] double sigma(double t) const override { return std::sqrt(-std::expm1(-integral(t))); }
  [[nodiscard]] double drift(double t) const override { return -0.5 * diffusion2(t); }
  [[nodiscard]] double diffusion2(double t) const override {
    return std::visit([t](const auto& schedule) { return schedule.rate(t); }, schedule_);
  }
  [[nodiscard]] double time_at(double noise_level) const override {
    const double integral = std::log1p(noise_level * noise_level);
    return std::visit([integral](const auto& schedule) { return schedule.time_at(integral); }, schedule_);
  }
  [[nodiscard]] std::string script() const override {
    const std::string integral = std::visit([](const auto& schedule) { return schedule.integral_script(); }, schedule_);
    return "def alpha(self, t: Tensor) -> Tensor:\n    return torch.exp(-0.5 * " + integral +
           ")\n"
           "def sigma(self, t: Tensor) -> Tensor:\n    return torch.sqrt(-torch.expm1(-1.0 * " +
           integral + "))\n";
  }

 private:
  using Schedule = std::variant<LinearRate, CosineRate>;
  [[nodiscard]] static Schedule schedule_of(const Options& options) {
    if (options.schedule == "cosine") return CosineRate(options.last_level);
    return LinearRate(options.beta_min, options.beta_max);
  }
  [[nodiscard]] double integral(double t) const {
    return std::visit([t](const auto& schedule) { return schedule.integral(t); }, schedule_);
  }

  Schedule schedule_;
  double first_time_;
};

}  // namespace

LIFTWELL_COMPONENT(variance_preserving) {
  return Declaration<NoiseProcess, Options>("variance_preserving",
                                            "Noise that replaces the data at constant total variance.")
      .reference(
          "Song et al., ICLR 2021, arXiv 2011.13456, equation 32; cosine schedule of Nichol and Dhariwal, ICML 2021, "
          "arXiv 2102.09672, equation 17.")
      .parameter("schedule", &Options::schedule, unit::none,
                 "linear: the rate of noising grows linearly in t; cosine: alpha falls along a cosine.",
                 one_of({"linear", "cosine"}))
      .parameter("beta_min", &Options::beta_min, unit::dimensionless, "Rate of noising at t = 0 (linear).", above(0))
      .parameter("beta_max", &Options::beta_max, unit::dimensionless,
                 "Rate of noising at t = 1, reached linearly in t (linear).", above(0))
      .parameter("last_level", &Options::last_level, unit::dimensionless,
                 "Noise level sigma/alpha at t = 1, from which draws start; the log-SNR there is -2 ln of it (cosine).",
                 above(1))
      .parameter("first_time", &Options::first_time, unit::dimensionless,
                 "Time at which data count as clean; below it the score is not learned.", inside(0, 1))
      .example("{type: variance_preserving, beta_min: 0.1, beta_max: 20}")
      .creates<VariancePreserving>();
}

}  // namespace liftwell
