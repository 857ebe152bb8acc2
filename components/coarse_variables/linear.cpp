// SPDX-License-Identifier: MIT
// A weighted sum of coordinates as coarse variable.
#include <string>
#include <vector>

#include "liftwell/families/coarse_variable.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> weights;
  double offset = 0;

  void check(Problems& problems) const {
    for (const double weight : weights)
      if (weight != 0) return;
    problems.add("weights", "must have an entry that is not 0");
  }
};

/// ξ(x) = Σ_d w_d x_d + offset.
class Linear final : public CoarseVariable {
 public:
  explicit Linear(const Options& options) : weights_(options.weights), offset_(options.offset) {}

  [[nodiscard]] std::string misfit(Index dimension) const override {
    if (static_cast<Index>(weights_.size()) == dimension) return {};
    return std::to_string(weights_.size()) + " weights are given for a system of " + std::to_string(dimension) +
           " dimensions";
  }

  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    Row sum(value, x.lanes());
    sum.setConstant(offset_);
    for (Index d = 0; d < x.rows(); ++d) sum += weights_[static_cast<std::size_t>(d)] * x.row(d);
    for (Index d = 0; d < gradient.rows(); ++d) gradient.row(d).setConstant(weights_[static_cast<std::size_t>(d)]);
  }

 private:
  std::vector<double> weights_;
  double offset_;
};

}  // namespace

LIFTWELL_COMPONENT(linear) {
  return Declaration<CoarseVariable, Options>("linear", "Weighted sum of coordinates.")
      .reference("Textbook: xi(x) = w . x + offset.")
      .parameter("weights", &Options::weights, unit::dimensionless, "One weight for each coordinate of the system.",
                 required())
      .parameter("offset", &Options::offset, unit::coarse, "Constant added to the sum.")
      .example("{type: linear, weights: [0.6, 0.8], offset: 0.5}")
      .creates<Linear>();
}

}  // namespace liftwell
