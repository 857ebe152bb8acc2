// SPDX-License-Identifier: MIT
// Well-tempered metadynamics: Gaussians where walkers have been, lower ones where there are many.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "kernels.hpp"
#include "liftwell/families/adaptive_bias.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : KernelGridOptions {
  double height = 0;
  double bias_factor = 10;

  void check(Problems& problems) const { check_grid(problems); }
};

/// Each walker adds h exp(−V(ξ)/((γ − 1) kT)) G(ξ' − ξ) to V(ξ'), G a Gaussian of height 1; walkers that share the bias
/// deposit one after the other, each seeing what those before it left. Then V tends to −(1 − 1/γ) F, walkers feel
/// barriers γ times lower, and the free energy implied is
///   F(ξ) = −γ/(γ − 1) V(ξ) + const,
/// smoothed over the width of the Gaussians.
class Metadynamics final : public AdaptiveBias {
 public:
  explicit Metadynamics(const Options& options)
      : coarse_(options.on),
        grid_(options.grid()),
        width_(Eigen::Map<const Vector>(options.width.data(), static_cast<Index>(options.width.size()))),
        height_(options.height),
        bias_factor_(options.bias_factor) {}

  [[nodiscard]] const CoarseMap& coarse() const override { return coarse_; }
  [[nodiscard]] const Grid& grid() const override { return grid_; }

  [[nodiscard]] LearningState begin() const override { return {Matrix::Zero(rows, grid_.cells()), {}}; }

  void deposit(const Matrix& xi, double thermal_energy, LearningState& state) const override {
    GridFunction bias(grid_, coarse_);
    for (Index walker = 0; walker < xi.rows(); ++walker) {
      const double* const place = xi.row(walker).data();
      bias.set_values(state.fields.row(energy).transpose());
      const double tempered = std::exp(-bias.at(place) / ((bias_factor_ - 1) * thermal_energy));
      add_gaussian(grid_, coarse_, place, width_, height_ * tempered, state.fields, energy);
      if (const auto cell = cell_of(grid_, coarse_, place)) state.fields(seen, *cell) += 1;
    }
  }

  [[nodiscard]] Vector energies(const LearningState& state, double /*thermal_energy*/) const override {
    return state.fields.row(energy).transpose();
  }

  [[nodiscard]] Vector free_energy(const LearningState& state, double /*thermal_energy*/) const override {
    const double scale = bias_factor_ / (bias_factor_ - 1);
    Vector out = Vector::Constant(grid_.cells(), std::numeric_limits<double>::quiet_NaN());
    for (Index i = 0; i < out.size(); ++i)
      if (state.fields(seen, i) > 0) out[i] = -scale * state.fields(energy, i);
    return out;
  }

 private:
  static constexpr Index energy = 0, seen = 1, rows = 2;  ///< of LearningState::fields

  CoarseMap coarse_;
  Grid grid_;
  Vector width_;
  double height_, bias_factor_;
};

}  // namespace

LIFTWELL_COMPONENT(metadynamics) {
  return with_kernel_grid(
             Declaration<AdaptiveBias, Options>("metadynamics", "Well-tempered metadynamics, walkers sharing the bias.")
                 .reference("Barducci, Bussi, Parrinello, Phys. Rev. Lett. 100, 020603 (2008), "
                            "doi:10.1103/PhysRevLett.100.020603; "
                            "walkers that share it: "
                            "Raiteri et al., J. Phys. Chem. B 110, 3533 (2006)."),
             "Standard deviation of the Gaussians, one entry per variable.")
      .parameter("height", &Options::height, unit::energy, "Height of a Gaussian where there is no bias yet.",
                 required() | above(0))
      .parameter("bias_factor", &Options::bias_factor, unit::dimensionless,
                 "Factor gamma by which barriers seem lower in the end.", above(1))
      .example(
          "{type: metadynamics, on: {type: coordinate, index: 0}, low: -2, high: 2, bins: 80, width: 0.1, height: "
          "0.5, bias_factor: 8}")
      .creates<Metadynamics>();
}

}  // namespace liftwell
