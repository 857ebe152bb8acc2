// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// The forward SDE dx = f(t) x dt + g(t) dW on t in [first_time(), 1], and its transition kernel
/// x_t = alpha(t) x_0 + sigma(t) n (Song et al., ICLR 2021, arXiv 2011.13456, section 3). t is
/// dimensionless; x is the standardised state (unit variance). At first_time() the data count as
/// clean, so x_first still carries noise of standard deviation sigma(first_time()). Which levels training
/// draws is the score model's choice; a process only bounds them.
class NoiseProcess {
 public:
  static FamilyInfo family() {
    return {"noise_process", "noise_processes", "The forward SDE and its transition kernel.", ""};
  }
  virtual ~NoiseProcess() = default;

  [[nodiscard]] virtual double first_time() const = 0;  ///< t at which the data count as clean
  [[nodiscard]] virtual double alpha(double t) const = 0;
  [[nodiscard]] virtual double sigma(double t) const = 0;
  [[nodiscard]] virtual double drift(double t) const = 0;       ///< f(t) = d ln alpha / dt
  [[nodiscard]] virtual double diffusion2(double t) const = 0;  ///< g(t)^2 = d sigma^2/dt − 2 f sigma^2
  /// The t at which sigma/alpha, the noise level seen by the network, has this value.
  [[nodiscard]] virtual double time_at(double noise_level) const = 0;
  [[nodiscard]] double noise_level(double t) const { return sigma(t) / alpha(t); }

  /// The kernel as TorchScript for the exported model: methods `alpha(self, t: Tensor) -> Tensor` and
  /// `sigma(self, t: Tensor) -> Tensor`.
  [[nodiscard]] virtual std::string script() const = 0;
};

}  // namespace liftwell
