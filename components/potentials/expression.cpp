// SPDX-License-Identifier: MIT
// A potential that the workflow states as a formula.
#include <map>
#include <string>
#include <vector>

#include "liftwell/data/expression.hpp"
#include "liftwell/data/lane_program.hpp"
#include "liftwell/families/potential.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<std::string> coordinates;
  std::string energy;
  std::map<std::string, double> parameters;

  [[nodiscard]] ExpressionNames names() const { return {coordinates, parameters}; }

  void check(Problems& problems) const {
    names().check(problems);
    if (problems.all().empty()) (void)ExpressionReader(names()).read(energy, "energy", problems);
  }
};

/// V(x) as written, and its exact gradient. Costs about as much as the same potential compiled: the formula
/// is worked off operation by operation for many walkers at once.
class ExpressionPotential final : public Potential {
 public:
  explicit ExpressionPotential(const Options& options) : dimension_(static_cast<Index>(options.coordinates.size())) {
    ExpressionReader reader(options.names());
    const NodeId energy = reader.read(options.energy);
    std::vector<NodeId> outputs = reader.graph().gradient(energy);
    outputs.push_back(energy);
    gradient_ = LaneProgram(reader.graph(), outputs, outputs.size() - 1);
    both_ = LaneProgram(reader.graph(), outputs);
  }
  [[nodiscard]] Index dimension() const override { return dimension_; }

  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    if (energy == nullptr) return gradient_.run(x, gradient);
    std::vector<double*> outputs;
    for (Index d = 0; d < dimension_; ++d) outputs.push_back(gradient.row(d).data());
    outputs.push_back(energy);
    both_.run(x, outputs);
  }

 private:
  Index dimension_;
  LaneProgram gradient_, both_;
};

}  // namespace

LIFTWELL_COMPONENT(expression) {
  return Declaration<Potential, Options>("expression",
                                         "Potential stated as a formula; its gradient is derived from it.")
      .reference(
          "Textbook: V(x) as written; reverse accumulation of derivatives, Griewank, Walther, Evaluating "
          "Derivatives (2008), section 3.2, doi:10.1137/1.9780898717761.")
      .parameter("coordinates", &Options::coordinates, unit::none,
                 "Names of the coordinates in their order; there are as many as the system has dimensions.", required())
      .parameter("energy", &Options::energy, unit::none,
                 "V, of coordinates, parameters, pi, + - * / ^, abs, acos, asin, atan, cos, cosh, exp, log, max, min, "
                 "sin, sinh, sqrt, tan and tanh.",
                 required())
      .parameter("parameters", &Options::parameters, unit::dimensionless,
                 "Constants of the formula by name, in the units of the workflow.")
      .example(
          "{type: expression, coordinates: [x, y], energy: \"barrier*(x^2 - 1)^2 + (y - sin(x))^2/(2*epsilon)\", "
          "parameters: {barrier: 5, epsilon: 0.1}}")
      .creates<ExpressionPotential>();
}

}  // namespace liftwell
