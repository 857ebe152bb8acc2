// SPDX-License-Identifier: MIT
// The harmonic umbrella: a spring between coarse variables and the centre of a window.
#include <cmath>
#include <string>
#include <vector>

#include "liftwell/families/bias.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> stiffness;

  void check(Problems& problems) const {
    if (on.empty()) problems.add("on", "must name at least one coarse variable");
    if (stiffness.size() != 1 && stiffness.size() != on.size())
      problems.add("stiffness", "must be one number or one for each coarse variable",
                   std::to_string(stiffness.size()) + " numbers", "1 or " + std::to_string(on.size()));
  }
};

/// U(ξ; c) = Σ_k κ_k (ξ_k − c_k)² / 2, with the difference of a periodic variable taken on the circle,
/// in [−P/2, P/2]. At kT the bias alone gives ξ_k the standard deviation √(kT / κ_k).
class HarmonicBias final : public Bias {
 public:
  explicit HarmonicBias(const Options& options) : coarse_(options.on), stiffness_(coarse_.size()) {
    for (Index k = 0; k < coarse_.size(); ++k)
      stiffness_(k) = options.stiffness[options.stiffness.size() == 1 ? 0 : static_cast<std::size_t>(k)];
  }
  [[nodiscard]] const CoarseMap& coarse() const override { return coarse_; }

  void evaluate(ConstBlock xi, ConstBlock centre, double* energy, Block derivative) const override {
    Row total(energy, xi.lanes());
    total.setZero();
    for (Index k = 0; k < coarse_.size(); ++k) {
      const auto period = coarse_[k].period();
      const bool keep = derivative.rows() > 0;
      for (Index lane = 0; lane < xi.lanes(); ++lane) {
        double away = xi(k, lane) - centre(k, lane);
        if (period) away -= *period * std::nearbyint(away / *period);
        const double slope = stiffness_(k) * away;
        total(lane) += 0.5 * slope * away;
        if (keep) derivative(k, lane) = slope;
      }
    }
  }

  [[nodiscard]] Vector sigma(double thermal_energy) const override {
    return (thermal_energy / stiffness_.array()).sqrt();
  }

 private:
  CoarseMap coarse_;
  Vector stiffness_;
};

}  // namespace

LIFTWELL_COMPONENT(harmonic) {
  return Declaration<Bias, Options>("harmonic", "Harmonic umbrella around the centre of a window.")
      .reference("G. M. Torrie, J. P. Valleau, J. Comput. Phys. 23, 187 (1977), doi:10.1016/0021-9991(77)90121-8.")
      .parameter("on", &Options::on, unit::none, "The coarse variables it acts on: one name or a list.", required())
      .parameter("stiffness", &Options::stiffness, unit::coarse_stiffness,
                 "Spring constant kappa, one for all variables or one each.", required() | above(0))
      .example("{type: harmonic, on: {type: coordinate, index: 0}, stiffness: 100}")
      .creates<HarmonicBias>();
}

}  // namespace liftwell
