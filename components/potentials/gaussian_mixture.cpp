// SPDX-License-Identifier: MIT
// The potential whose equilibrium at one stated temperature is a given mixture of Gaussians.
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "liftwell/base/vector_math.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/potential.hpp"
#include "liftwell/registry/registry.hpp"

// After simd.hpp, which says which instructions Highway may use.
#include <hwy/contrib/math/math-inl.h>

namespace liftwell {
namespace {

struct Options {
  std::vector<double> weights;
  std::vector<std::vector<double>> means;
  std::vector<std::vector<double>> sigmas;
  double temperature = 1.0;

  [[nodiscard]] std::size_t dimension() const { return means.front().size(); }

  void check(Problems& problems) const {
    if (weights.empty()) return problems.add("weights", "must have at least one component");
    if (means.size() != weights.size())
      return problems.add("means", "must be one point for each weight", std::to_string(means.size()) + " points",
                          std::to_string(weights.size()));
    for (const auto& mean : means)
      if (mean.empty() || mean.size() != dimension()) return problems.add("means", "must be points of one dimension");
    if (sigmas.size() != 1 && sigmas.size() != weights.size())
      return problems.add("sigmas", "must be one entry for all components or one for each",
                          std::to_string(sigmas.size()) + " entries", "1 or " + std::to_string(weights.size()));
    for (const auto& sigma : sigmas)
      if (sigma.size() != 1 && sigma.size() != dimension())
        problems.add("sigmas", "must be, for each component, one number or one for each coordinate",
                     std::to_string(sigma.size()) + " numbers", "1 or " + std::to_string(dimension()));
  }
};

/// V(x) = −kT ln Σ_k w_k N(x; m_k, diag σ_k²), Σ w = 1: at the stated kT the equilibrium density is the
/// mixture itself, normalised, so that exp(−V / kT) integrates to 1.
class GaussianMixture final : public Potential {
 public:
  explicit GaussianMixture(const Options& options) : thermal_energy_(options.temperature) {
    const auto count = static_cast<Index>(options.weights.size());
    const auto dimension = static_cast<Index>(options.dimension());
    means_.resize(count, dimension);
    precisions_.resize(count, dimension);
    log_prefactors_.resize(count);
    double total = 0;
    for (const double weight : options.weights) total += weight;
    for (Index k = 0; k < count; ++k) {
      const auto row = static_cast<std::size_t>(k);
      const std::vector<double>& sigmas = options.sigmas[options.sigmas.size() == 1 ? 0 : row];
      log_prefactors_(k) = std::log(options.weights[row] / total);
      for (Index d = 0; d < dimension; ++d) {
        const double sigma = sigmas[sigmas.size() == 1 ? 0 : static_cast<std::size_t>(d)];
        means_(k, d) = options.means[row][static_cast<std::size_t>(d)];
        precisions_(k, d) = 1.0 / (sigma * sigma);
        log_prefactors_(k) -= std::log(sigma * std::sqrt(2 * std::numbers::pi));
      }
    }
  }
  [[nodiscard]] Index dimension() const override { return means_.cols(); }

  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    using namespace simd;
    const Index lanes = x.lanes();
    for (Index lane = 0; lane < lanes; lane += width()) {
      const double* const in = x.data() + lane;
      double* const out = gradient.data() + lane;
      // Exponents are taken relative to the largest, so that the sum neither over- nor underflows.
      V largest = log_term(0, in, lanes);
      for (Index k = 1; k < means_.rows(); ++k) largest = hn::Max(largest, log_term(k, in, lanes));
      for (Index d = 0; d < dimension(); ++d) hn::Store(set(0), doubles, out + d * lanes);
      V sum = set(0);
      for (Index k = 0; k < means_.rows(); ++k) {
        const V share = exp_of_negative(hn::Sub(log_term(k, in, lanes), largest));
        sum = hn::Add(sum, share);
        for (Index d = 0; d < dimension(); ++d) {
          const V away = hn::Sub(hn::Load(doubles, in + d * lanes), set(means_(k, d)));
          const V pull = hn::Mul(share, hn::Mul(away, set(precisions_(k, d))));
          hn::Store(hn::Add(hn::Load(doubles, out + d * lanes), pull), doubles, out + d * lanes);
        }
      }
      const V scale = hn::Div(set(thermal_energy_), sum);
      for (Index d = 0; d < dimension(); ++d)
        hn::Store(hn::Mul(hn::Load(doubles, out + d * lanes), scale), doubles, out + d * lanes);
      if (energy != nullptr)
        hn::Store(hn::Mul(set(-thermal_energy_), hn::Add(largest, hn::Log(doubles, sum))), doubles, energy + lane);
    }
  }

 private:
  /// ln [w_k N(x; m_k, diag σ_k²)]
  [[nodiscard]] HWY_INLINE simd::V log_term(Index k, const double* in, Index lanes) const {
    using namespace simd;
    V exponent = set(log_prefactors_(k));
    for (Index d = 0; d < dimension(); ++d) {
      const V away = hn::Sub(hn::Load(doubles, in + d * lanes), set(means_(k, d)));
      exponent = hn::NegMulAdd(hn::Mul(away, set(0.5 * precisions_(k, d))), away, exponent);
    }
    return exponent;
  }

  double thermal_energy_;
  Matrix means_;           ///< components x dimension, length
  Matrix precisions_;      ///< components x dimension, 1/σ²
  Vector log_prefactors_;  ///< per component: ln w − Σ ln(σ √2π)
};

}  // namespace

LIFTWELL_COMPONENT(gaussian_mixture) {
  return Declaration<Potential, Options>("gaussian_mixture",
                                         "Potential whose equilibrium is a given mixture of Gaussians.")
      .reference("Textbook: V(x) = -kT ln sum over k of w_k N(x; m_k, diag sigma_k^2).")
      .parameter("weights", &Options::weights, unit::dimensionless,
                 "Weight of each component; only their ratios matter.", required() | above(0))
      .parameter("means", &Options::means, unit::length, "Centre of each component.", required())
      .parameter("sigmas", &Options::sigmas, unit::length,
                 "Standard deviation of each component, or one for all; each one number or one for each coordinate.",
                 required() | above(0))
      .parameter("temperature", &Options::temperature, unit::temperature,
                 "Thermal energy kT at which the equilibrium is the mixture; the system should have the same.",
                 above(0))
      .example("{type: gaussian_mixture, weights: [1, 2], means: [[-1, 0], [1, 0.5]], sigmas: [0.4, [0.6, 0.5]]}")
      .creates<GaussianMixture>();
}

}  // namespace liftwell
