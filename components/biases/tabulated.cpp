// SPDX-License-Identifier: MIT
// A bias given by its values on a grid, such as one that was learned.
#include <fmt/format.h>

#include <limits>
#include <vector>

#include "liftwell/families/grid_function.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> low, high;
  std::vector<std::int64_t> bins;
  std::vector<double> values;

  [[nodiscard]] Grid grid() const {
    Grid out;
    out.low = Eigen::Map<const Vector>(low.data(), static_cast<Index>(low.size()));
    out.high = Eigen::Map<const Vector>(high.data(), static_cast<Index>(high.size()));
    out.bins.assign(bins.begin(), bins.end());
    return out;
  }

  void check(Problems& problems) const {
    if (const auto misfit = GridFunction::misfit(grid(), CoarseMap(on)); !misfit.empty())
      problems.add("", misfit);
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
  [[nodiscard]] bool centred() const override { return false; }

 private:
  CoarseMap coarse_;
  GridFunction energy_;
};

}  // namespace

LIFTWELL_COMPONENT(tabulated) {
  return Declaration<Bias, Options>("tabulated", "Energy given on a grid of one or two coarse variables.")
      .reference("Keys, IEEE Trans. Acoust. Speech Signal Process. 29, 1153 (1981): cubic convolution, a = -1/2.")
      .parameter("on", &Options::on, unit::none, "The coarse variables it acts on, one or two.", required())
      .parameter("low", &Options::low, unit::coarse, "Lower end of the grid, one entry per variable.", required())
      .parameter("high", &Options::high, unit::coarse,
                 "Upper end of the grid, one entry per variable; a periodic one is gone around once.", required())
      .parameter("bins", &Options::bins, unit::none, "Cells of the grid, one entry per variable.",
                 required() | at_least(4))
      .parameter("values", &Options::values, unit::energy,
                 "Energies at the centres of the cells; the last variable varies fastest.", required())
      .example(
          "{type: tabulated, on: {type: coordinate, index: 0}, low: -2, high: 2, bins: 8, values: [3, 1, 0, 0.5, 1, "
          "0.5, 0, 2]}")
      .creates<TabulatedBias>();
}

}  // namespace liftwell
