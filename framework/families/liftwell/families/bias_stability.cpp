// SPDX-License-Identifier: MIT
#include "liftwell/families/bias_stability.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// Along one direction at one state: what the energy has of curvature (energy/length²), and from which sum on a step is
/// unstable.
struct Strain {
  Vector direction;  ///< of length one; empty where the bias has no stiffness
  double bias = 0, potential = 0;
  double limit = std::numeric_limits<double>::infinity();

  [[nodiscard]] double total() const { return bias + potential; }
};

/// With P the pull of a step, I − P H is what a step makes of a displacement. The largest eigenvalue λ of P H_bias is
/// that of the small matrix √(κ_j κ_k) ∇ξ_j·P∇ξ_k, and with its eigenvector c, v = Σ_k c_k √κ_k P∇ξ_k is the direction:
/// vᵀP⁻¹v = λ, so that 2 is reached along v by the curvature 2 λ/|v|².
Strain strain_of_bias(const System& system, const std::vector<BlockBuffer>& gradients, const Vector& stiffness,
                      Index lane) {
  const Index size = stiffness.size();
  std::vector<Vector> stretched, pulled;
  for (Index k = 0; k < size; ++k) {
    const ConstBlock gradient = gradients[static_cast<std::size_t>(k)].block();
    Vector& column = stretched.emplace_back(gradient.rows());
    for (Index d = 0; d < column.size(); ++d) column[d] = std::sqrt(stiffness[k]) * gradient(d, lane);
    pulled.push_back(system.pull(column));
    if (pulled.back().size() == 0) return {};
  }
  Matrix products(size, size);
  for (Index j = 0; j < size; ++j)
    for (Index k = 0; k < size; ++k)
      products(j, k) = stretched[static_cast<std::size_t>(j)].dot(pulled[static_cast<std::size_t>(k)]);
  const SymmetricEigen modes = symmetric_eigen(products);
  const double largest = modes.values[size - 1];
  if (!(largest > 0)) return {};
  Vector way = Vector::Zero(stretched.front().size());
  for (Index k = 0; k < size; ++k) way += modes.vectors(k, size - 1) * pulled[static_cast<std::size_t>(k)];
  Strain out;
  out.direction = way.normalized();
  out.limit = 2 * largest / way.squaredNorm();
  out.bias = out.limit * largest / 2;
  return out;
}

/// Adds the potential's second derivative along each direction, by differences over a tenth of what kT allows there;
/// where it bends the other way, it takes nothing off. Not of a molecule: its step is bounded by its vibrations, and
/// the direction in which a torsion is biased stretches bonds that are fixed or belong to heavier atoms than the
/// limit's.
void add_potential(const System& system, const Matrix& states, std::vector<Strain>& strains) {
  if (system.potential() == nullptr || system.molecule() != nullptr) return;
  const Index count = states.rows();
  std::vector<double> reach(strains.size(), 0);
  BlockBuffer x(states.cols(), 2 * count), gradient(states.cols(), 2 * count);
  for (Index lane = 0; lane < x.block().lanes(); ++lane) {
    const Index i = std::min(lane / 2, count - 1);
    const Strain& strain = strains[static_cast<std::size_t>(i)];
    if (strain.direction.size() > 0)
      reach[static_cast<std::size_t>(i)] = 0.1 * std::sqrt(system.thermal_energy() / strain.bias);
    const double step = (lane % 2 == 0 ? -1 : 1) * reach[static_cast<std::size_t>(i)];
    for (Index d = 0; d < states.cols(); ++d)
      x.block()(d, lane) = states(i, d) + (strain.direction.size() > 0 ? step * strain.direction[d] : 0);
  }
  BlockBuffer energy(1, 2 * count);
  system.potential()->evaluate(std::as_const(x).block(), energy.block().data(), gradient.block());
  for (Index i = 0; i < count; ++i) {
    Strain& strain = strains[static_cast<std::size_t>(i)];
    double slope = 0;
    for (Index d = 0; d < strain.direction.size(); ++d)
      slope += strain.direction[d] * (gradient.block()(d, 2 * i + 1) - gradient.block()(d, 2 * i));
    const double curvature = slope / (2 * reach[static_cast<std::size_t>(i)]);
    if (std::isfinite(curvature)) strain.potential = std::max(0.0, curvature);
  }
}

std::vector<Strain> strains_of(const System& system, const Bias& bias, const Matrix& states) {
  std::vector<Strain> out;
  if (states.rows() == 0 || system.pull(Vector::Zero(states.cols())).size() == 0) return out;
  const Vector stiffness = system.thermal_energy() / bias.sigma(system.thermal_energy()).array().square();
  const auto gradients = gradients_at(bias.coarse(), states);
  for (Index i = 0; i < states.rows(); ++i) out.push_back(strain_of_bias(system, gradients, stiffness, i));
  add_potential(system, states, out);
  return out;
}

bool alone_too_stiff(const Strain& strain) { return strain.bias >= strain.limit; }

/// Together with a potential that the step could follow.
bool together_too_stiff(const Strain& strain) {
  return strain.total() >= strain.limit && strain.potential < strain.limit;
}

/// A percentage, rounded down to two digits: taking it is enough.
std::string percent_below(double share) {
  const double digit = std::min(1.0, std::pow(10, std::floor(std::log10(100 * share)) - 1));
  return fmt::format("{:.3g} %", std::floor(100 * share / digit + 1e-9) * digit);
}

std::string refusal(const System& system, const Strain& strain) {
  const double room = alone_too_stiff(strain) ? strain.limit : strain.limit - strain.potential;
  const std::string parts =
      alone_too_stiff(strain)
          ? fmt::format("it adds a curvature of {:.4g} energy/length^2", strain.bias)
          : fmt::format("it adds a curvature of {:.4g} energy/length^2 to the {:.4g} that the potential has there",
                        strain.bias, strain.potential);
  return fmt::format(
      "is too stiff: {}, and with a time step of {:.4g} the limit of stability is {:.4g}; take less than {} of this "
      "stiffness, or a shorter time step",
      parts, system.timestep(), strain.limit, percent_below(room / strain.bias));
}

}  // namespace

std::string unstable(const System& system, const Bias& bias, const Matrix& states, OutOfBounds bias_alone) {
  const std::vector<Strain> strains = strains_of(system, bias, states);
  if (strains.empty()) return {};
  const auto share_alone = [](const Strain& a, const Strain& b) { return a.bias / a.limit < b.bias / b.limit; };
  const auto share = [](const Strain& a, const Strain& b) { return a.total() / a.limit < b.total() / b.limit; };
  const auto [mildest, stiffest] = std::minmax_element(strains.begin(), strains.end(), share_alone);
  const auto alone = bias_alone == OutOfBounds::any ? stiffest : mildest;
  if (alone_too_stiff(*alone)) return refusal(system, *alone);
  if (std::all_of(strains.begin(), strains.end(), together_too_stiff))
    return refusal(system, *std::min_element(strains.begin(), strains.end(), share));
  return {};
}

std::string unstable_everywhere(const System& system, const Bias& bias) {
  if (!bias.coarse().misfit(system.dimension()).empty()) return {};
  constexpr Index probes = 8;
  Matrix states(probes, system.dimension());
  for (Index i = 0; i < probes; ++i)
    for (Index d = 0; d < states.cols(); ++d)
      states(i, d) = std::fmod(static_cast<double>(i + 1) * std::sqrt(2.0 + static_cast<double>(d)), 1.0) - 0.5;
  const auto gradients = gradients_at(bias.coarse(), states);
  for (const BlockBuffer& gradient : gradients)
    for (Index lane = 1; lane < probes; ++lane)
      for (Index d = 0; d < states.cols(); ++d)
        if (!(gradient.block()(d, lane) == gradient.block()(d, 0))) return {};
  const Vector stiffness = system.thermal_energy() / bias.sigma(system.thermal_energy()).array().square();
  const Strain strain = strain_of_bias(system, gradients, stiffness, 0);
  return alone_too_stiff(strain) ? refusal(system, strain) : std::string();
}

std::string stability_warning(const System& system, const Bias& bias, const Matrix& states) {
  constexpr double noticeable = 1.1;
  Index over = 0;
  double widest = 1;
  const Strain* most = nullptr;
  const std::vector<Strain> strains = strains_of(system, bias, states);
  for (const Strain& strain : strains) {
    const bool beyond = strain.total() >= strain.limit;
    over += beyond;
    const double widening =
        beyond || strain.direction.size() == 0 ? 1 : system.widening(strain.direction, strain.total());
    if (widening <= widest) continue;
    widest = widening;
    most = &strain;
  }
  if (over > 0)
    return fmt::format(
        "along the bias, potential and bias together are stiffer than a time step of {:.4g} can follow, at {} of the "
        "{} starts; walkers that stay there will be lost: take a shorter time step",
        system.timestep(), over, strains.size());
  if (widest <= noticeable) return {};
  return fmt::format(
      "the time step widens what the bias holds: where potential and bias have a curvature of {:.4g} energy/length^2 "
      "(limit of stability {:.4g}), the variance along it is {:.3g} times the right one; take a shorter time step, a "
      "softer bias, or an integrator that is exact in a harmonic well (leimkuhler_matthews, baoab)",
      most->total(), most->limit, widest);
}

}  // namespace liftwell
