// SPDX-License-Identifier: MIT
#include "bias_fit.hpp"

#include <fmt/format.h>

#include <cmath>

#include "liftwell/data/factorization.hpp"

namespace liftwell {
namespace {

/// ∇ξ_k at each state: one block (dimension x lanes) per variable.
std::vector<BlockBuffer> gradients_at(const CoarseMap& coarse, const Matrix& states) {
  BlockBuffer x(states.cols(), states.rows()), value(1, states.rows());
  for (Index lane = 0; lane < x.block().lanes(); ++lane)
    for (Index d = 0; d < states.cols(); ++d) x.block()(d, lane) = states(std::min(lane, states.rows() - 1), d);
  std::vector<BlockBuffer> out;
  for (Index k = 0; k < coarse.size(); ++k) {
    BlockBuffer& gradient = out.emplace_back(states.cols(), states.rows());
    coarse[k].evaluate(std::as_const(x).block(), value.block().data(), gradient.block());
  }
  return out;
}

/// Largest eigenvalue of Σ_k κ_k ∇ξ_k ∇ξ_kᵀ, which is that of the small matrix √(κ_j κ_k) ∇ξ_j·∇ξ_k.
double curvature(const std::vector<BlockBuffer>& gradients, const Vector& stiffness, Index lane) {
  const Index size = stiffness.size();
  Matrix products(size, size);
  for (Index j = 0; j < size; ++j)
    for (Index k = 0; k < size; ++k) {
      const ConstBlock a = gradients[static_cast<std::size_t>(j)].block();
      const ConstBlock b = gradients[static_cast<std::size_t>(k)].block();
      double product = 0;
      for (Index d = 0; d < a.rows(); ++d) product += a(d, lane) * b(d, lane);
      products(j, k) = std::sqrt(stiffness[j] * stiffness[k]) * product;
    }
  return symmetric_eigen(products).values.maxCoeff();
}

Vector stiffness_of(const Bias& bias, double thermal_energy) {
  return thermal_energy / bias.sigma(thermal_energy).array().square();
}

}  // namespace

std::string unstable(const System& system, const Bias& bias, const Matrix& states) {
  const double limit = system.stability_limit();
  if (!std::isfinite(limit) || states.rows() == 0) return {};
  const Vector stiffness = stiffness_of(bias, system.thermal_energy());
  const auto gradients = gradients_at(bias.coarse(), states);
  double largest = 0;
  for (Index i = 0; i < states.rows(); ++i) largest = std::max(largest, curvature(gradients, stiffness, i));
  if (largest < limit) return {};
  return fmt::format(
      "is too stiff: it adds a curvature of {:.4g} energy/length^2, and with a time step of {:.4g} the limit of "
      "stability is {:.4g}; take a stiffness at least {:.3g} times smaller, or a shorter time step",
      largest, system.timestep(), limit, largest / limit);
}

std::string unstable_everywhere(const System& system, const Bias& bias) {
  if (!bias.coarse().misfit(system.dimension()).empty()) return {};
  constexpr Index probes = 8;
  Matrix states(probes, system.dimension());
  for (Index i = 0; i < probes; ++i)
    for (Index d = 0; d < states.cols(); ++d)
      states(i, d) = std::fmod(static_cast<double>(i + 1) * std::sqrt(2.0 + static_cast<double>(d)), 1.0) - 0.5;
  for (const BlockBuffer& gradient : gradients_at(bias.coarse(), states))
    for (Index lane = 1; lane < probes; ++lane)
      for (Index d = 0; d < states.cols(); ++d)
        if (!(gradient.block()(d, lane) == gradient.block()(d, 0))) return {};
  return unstable(system, bias, states.topRows(1));
}

}  // namespace liftwell
