// SPDX-License-Identifier: MIT
// A bias given by its values on a grid, such as one that was learned.
#include <fmt/format.h>

#include <limits>
#include <vector>

#include "liftwell/families/grid_options.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options : GridOptions {
  std::vector<double> values;

  void check(Problems& problems) const {
    if (const auto fault = misfit(); !fault.empty())
      problems.add("", fault);
    else if (const Index cells = grid().cells(); static_cast<Index>(values.size()) != cells)
      problems.add("values", "must be one for each cell of the grid", fmt::format("{} numbers", values.size()),
                   fmt::format("{} numbers", cells));
  }
};

/// U(ξ) through the values at the centres of the cells, with a continuous gradient; constant beyond the outermost
/// ones, closed around a circle (GridFunction). The same in all windows: there are no centres.
class TabulatedBias final : public Bias {
 public:
  explicit TabulatedBias(const Options& options) : coarse_(options.on), energy_(options.grid(), coarse_) {
    energy_.set_values(Eigen::Map<const Vector>(options.values.data(), static_cast<Index>(options.values.size())));
  }
  [[nodiscard]] const CoarseMap& coarse() const override { return coarse_; }
  void evaluate(ConstBlock xi, ConstBlock /*centre*/, double* energy, Block derivative) const override {
    energy_.evaluate(xi, energy, derivative);
  }
  [[nodiscard]] Vector sigma(double /*thermal_energy*/) const override {
    return Vector::Constant(coarse_.size(), std::numeric_limits<double>::infinity());
  }
  [[nodiscard]] Vector stiffness() const override { return energy_.largest_curvature(); }
  [[nodiscard]] bool centred() const override { return false; }

 private:
  CoarseMap coarse_;
  GridFunction energy_;
};

}  // namespace

LIFTWELL_COMPONENT(tabulated) {
  return with_grid(
             Declaration<Bias, Options>("tabulated", "Energy given on a grid of one or two coarse variables.")
                 .reference(
                     "Keys, IEEE Trans. Acoust. Speech Signal Process. 29, 1153 (1981): cubic convolution, a = -1/2."))
      .parameter("values", &Options::values, unit::energy,
                 "Energies at the centres of the cells; the last variable varies fastest.", required())
      .example(
          "{type: tabulated, on: {type: coordinate, index: 0}, low: -2, high: 2, bins: 8, values: [3, 1, 0, 0.5, 1, "
          "0.5, 0, 2]}")
      .creates<TabulatedBias>();
}

}  // namespace liftwell
