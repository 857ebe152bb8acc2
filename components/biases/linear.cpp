// SPDX-License-Identifier: MIT
// A constant force along coarse variables.
#include <fmt/format.h>

#include <limits>
#include <vector>

#include "liftwell/families/bias.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<Component<CoarseVariable>> on;
  std::vector<double> force;

  void check(Problems& problems) const {
    if (on.empty()) problems.add("on", "must name at least one coarse variable");
    if (force.size() != on.size())
      problems.add("force", "must have one number for each coarse variable", fmt::format("{} numbers", force.size()),
                   fmt::format("{}", on.size()));
    for (const auto& variable : on)
      if (variable.build()->period())
        problems.add("on", fmt::format("'{}' is periodic, and no energy is linear on a circle", variable.name()), "",
                     "variables without a period");
  }
};

/// U(ξ; c) = −Σ_k f_k (ξ_k − c_k): the force along ξ_k is f_k everywhere, towards larger values where f_k > 0. In a
/// well of curvature F'' it moves the mean of ξ by f/F'' and leaves the spread as it is. The centre adds a constant.
class LinearBias final : public Bias {
 public:
  explicit LinearBias(const Options& options)
      : coarse_(options.on),
        force_(Eigen::Map<const Vector>(options.force.data(), static_cast<Index>(options.force.size()))) {}
  [[nodiscard]] const CoarseMap& coarse() const override { return coarse_; }

  void evaluate(ConstBlock xi, ConstBlock centre, double* energy, Block derivative) const override {
    Row total(energy, xi.lanes());
    total.setZero();
    for (Index k = 0; k < coarse_.size(); ++k) {
      total -= force_(k) * (xi.row(k) - centre.row(k));
      if (derivative.rows() > 0) derivative.row(k).setConstant(-force_(k));
    }
  }

  [[nodiscard]] Vector sigma(double /*thermal_energy*/) const override {
    return Vector::Constant(coarse_.size(), std::numeric_limits<double>::infinity());
  }
  [[nodiscard]] bool centred() const override { return false; }

 private:
  CoarseMap coarse_;
  Vector force_;
};

}  // namespace

LIFTWELL_COMPONENT(linear) {
  return Declaration<Bias, Options>("linear", "Constant force along coarse variables.")
      .reference("Textbook: U(xi; c) = -f . (xi - c).")
      .parameter("on", &Options::on, unit::none, "The coarse variables it acts on: one name or a list.", required())
      .parameter("force", &Options::force, unit::coarse_force,
                 "Force along each coarse variable; positive pulls to larger values.", required())
      .example("{type: linear, on: [{type: coordinate, index: 0}, {type: coordinate, index: 1}], force: [5, -2]}")
      .creates<LinearBias>();
}

}  // namespace liftwell
