// SPDX-License-Identifier: MIT
// On-the-fly probability enhanced sampling: a bias from a running estimate of the unbiased law.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>

#include "kernels.hpp"
#include "liftwell/families/adaptive_bias.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : KernelGridOptions {
  double barrier = 0;
  std::optional<double> bias_factor;

  void check(Problems& problems) const {
    check_grid(problems);
    if (bias_factor && !(*bias_factor > 1))
      problems.add("bias_factor", "must be above 1", fmt::format("{:.4g}", *bias_factor));
  }
};

/// The unbiased law is estimated by kernels weighted by w = exp(V(ξ)/kT), V being the bias a walker felt,
///   P(ξ') = Σ_k w_k G_k(ξ' − ξ_k) / Σ_k w_k,
/// normal densities G_k that narrow as (N_eff (d + 2)/4)^(−1/(d + 4)), N_eff = (Σ w)²/Σ w², down to the width of a
/// cell.
///   V(ξ) = (1 − 1/γ) kT ln(P(ξ)/Z + ε),  ε = exp(−ΔE/(kT (1 − 1/γ))),
/// with Z the mean of P over the cells where walkers were seen. Nowhere is V more than ΔE below that of a place where
/// P = Z, so that barriers beyond ΔE are not forced. The free energy implied is F(ξ) = −kT ln P(ξ) + const, smoothed
/// over the kernels. The original merges kernels that are close; here a grid does what that is for.
class Opes final : public AdaptiveBias {
 public:
  explicit Opes(const Options& options)
      : coarse_(options.on),
        grid_(options.grid()),
        width_(Eigen::Map<const Vector>(options.width.data(), static_cast<Index>(options.width.size()))),
        barrier_(options.barrier),
        bias_factor_(options.bias_factor) {}

  [[nodiscard]] const CoarseMap& coarse() const override { return coarse_; }
  [[nodiscard]] const Grid& grid() const override { return grid_; }
  [[nodiscard]] std::string misfit(double thermal_energy) const override {
    if (bias_factor_ || barrier_ > thermal_energy) return {};
    return fmt::format("has a barrier of {:.4g}, which at kT = {:.4g} is nothing to overcome", barrier_,
                       thermal_energy);
  }

  [[nodiscard]] LearningState begin() const override { return {Matrix::Zero(rows, grid_.cells()), Vector::Zero(2)}; }

  void deposit(const Matrix& xi, double thermal_energy, LearningState& state) const override {
    GridFunction bias(grid_, coarse_);
    bias.set_values(energies(state, thermal_energy));
    const auto variables = static_cast<double>(coarse_.size());
    for (Index walker = 0; walker < xi.rows(); ++walker) {
      const double* const place = xi.row(walker).data();
      const double weight = std::exp(bias.at(place) / thermal_energy);
      state.numbers[weights] += weight;
      state.numbers[squares] += weight * weight;
      const double effective = state.numbers[weights] * state.numbers[weights] / state.numbers[squares];
      const double narrower = std::pow(effective * (variables + 2) / 4, -1 / (variables + 4));
      Vector width = width_;
      for (Index k = 0; k < width.size(); ++k)
        width[k] = std::max(narrower * width[k], (grid_.high[k] - grid_.low[k]) /
                                                     static_cast<double>(grid_.bins[static_cast<std::size_t>(k)]));
      add_gaussian(grid_, coarse_, place, width, weight / width.prod(), state.fields, density);
      if (const auto cell = cell_of(grid_, coarse_, place)) state.fields(seen, *cell) += 1;
    }
  }

  [[nodiscard]] Vector energies(const LearningState& state, double thermal_energy) const override {
    const double tempered = bias_factor_ ? 1 - 1 / *bias_factor_ : 1 - thermal_energy / barrier_;
    const double floor = std::exp(-barrier_ / (thermal_energy * tempered));
    double sum = 0, cells = 0;
    for (Index i = 0; i < grid_.cells(); ++i)
      if (state.fields(seen, i) > 0) sum += state.fields(density, i), ++cells;
    if (!(sum > 0)) return Vector::Constant(grid_.cells(), -barrier_);
    const auto relative = state.fields.row(density).array() * (cells / sum);
    return (tempered * thermal_energy * (relative + floor).log()).matrix().transpose();
  }

  [[nodiscard]] Vector free_energy(const LearningState& state, double thermal_energy) const override {
    Vector out = Vector::Constant(grid_.cells(), std::numeric_limits<double>::quiet_NaN());
    for (Index i = 0; i < out.size(); ++i)
      if (state.fields(seen, i) > 0) out[i] = -thermal_energy * std::log(state.fields(density, i));
    return out;
  }

 private:
  static constexpr Index density = 0, seen = 1, rows = 2;  ///< of LearningState::fields; the density up to a factor
  static constexpr Index weights = 0, squares = 1;         ///< of LearningState::numbers: Σ w, Σ w²

  CoarseMap coarse_;
  Grid grid_;
  Vector width_;
  double barrier_;
  std::optional<double> bias_factor_;
};

}  // namespace

LIFTWELL_COMPONENT(opes) {
  return with_kernel_grid(
             Declaration<AdaptiveBias, Options>("opes", "On-the-fly probability enhanced sampling (OPES).")
                 .reference(
                     "Invernizzi, Parrinello, J. Phys. Chem. Lett. 11, 2731 (2020), doi:10.1021/acs.jpclett.0c00497, "
                     "with a grid in place of merged kernels."),
             "Standard deviation of the first kernels, one entry per variable; later ones are narrower.")
      .parameter("barrier", &Options::barrier, unit::energy, "Highest barrier that is to be overcome.",
                 required() | above(0))
      .parameter("bias_factor", &Options::bias_factor, unit::dimensionless,
                 "Factor gamma by which the law is flattened; .inf for a flat one; barrier/kT where it is not given.",
                 or_infinite())
      .example("{type: opes, on: {type: coordinate, index: 0}, low: -2, high: 2, bins: 80, width: 0.1, barrier: 10}")
      .creates<Opes>();
}

}  // namespace liftwell
