// SPDX-License-Identifier: MIT
// A stochastic differential equation that the workflow states as formulas.
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "liftwell/data/expression.hpp"
#include "liftwell/data/lane_program.hpp"
#include "liftwell/families/dynamics.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<std::string> coordinates;
  std::vector<std::string> drift;
  std::vector<std::string> diffusion;
  std::vector<std::vector<std::string>> diffusion_matrix;
  std::map<std::string, double> parameters;

  [[nodiscard]] ExpressionNames names() const { return {coordinates, parameters}; }

  void check(Problems& problems) const {
    names().check(problems);
    const auto one_each = [&](const std::string& key, std::size_t count, const std::string& what) {
      if (count != coordinates.size())
        problems.add(key, "must be one for each coordinate", fmt::format("{} {}", count, what),
                     std::to_string(coordinates.size()));
    };
    one_each("drift", drift.size(), "formulas");
    if (diffusion.empty() == diffusion_matrix.empty())
      problems.add("", "must have either 'diffusion' or 'diffusion_matrix'");
    if (!diffusion.empty()) one_each("diffusion", diffusion.size(), "formulas");
    if (!diffusion_matrix.empty()) one_each("diffusion_matrix", diffusion_matrix.size(), "rows");
    for (const auto& row : diffusion_matrix)
      if (row.size() != diffusion_matrix.front().size() || row.empty())
        return problems.add("diffusion_matrix", "must have rows of one length: one entry for each Wiener process");
    if (!problems.all().empty()) return;
    ExpressionReader reader(names());
    const auto read_all = [&](const std::vector<std::string>& texts, const std::string& key) {
      for (std::size_t i = 0; i < texts.size(); ++i)
        (void)reader.read(texts[i], fmt::format("{}[{}]", key, i), problems);
    };
    read_all(drift, "drift");
    read_all(diffusion, "diffusion");
    for (std::size_t row = 0; row < diffusion_matrix.size(); ++row)
      read_all(diffusion_matrix[row], fmt::format("diffusion_matrix[{}]", row));
  }
};

/// a(x) and b(x) as written. What kind of noise it is follows from the formulas.
class ExpressionDynamics final : public Dynamics {
 public:
  explicit ExpressionDynamics(const Options& options) : dimension_(static_cast<Index>(options.coordinates.size())) {
    ExpressionReader reader(options.names());
    const auto read = [&](const std::vector<std::string>& texts, std::vector<NodeId>& out) {
      for (const std::string& text : texts) out.push_back(reader.read(text));
    };
    std::vector<NodeId> drift, diffusion;
    read(options.drift, drift);
    read(options.diffusion, diffusion);
    for (const auto& row : options.diffusion_matrix) read(row, diffusion);

    ExpressionGraph& graph = reader.graph();
    bool constant = true, own_coordinate = options.diffusion_matrix.empty();
    for (std::size_t entry = 0; entry < diffusion.size(); ++entry) {
      const std::vector<bool> dependence = graph.dependence(diffusion[entry]);
      for (std::size_t d = 0; d < dependence.size(); ++d) {
        constant &= !dependence[d];
        own_coordinate &= !dependence[d] || d == entry;
      }
    }
    noise_.kind = constant         ? NoiseShape::Kind::additive
                  : own_coordinate ? NoiseShape::Kind::diagonal
                                   : NoiseShape::Kind::general;
    noise_.matrix = !options.diffusion_matrix.empty() || noise_.kind == NoiseShape::Kind::general;
    noise_.processes =
        options.diffusion_matrix.empty() ? dimension_ : static_cast<Index>(options.diffusion_matrix.front().size());
    if (noise_.matrix && options.diffusion_matrix.empty()) {
      std::vector<NodeId> matrix(static_cast<std::size_t>(dimension_ * dimension_), graph.constant(0));
      for (Index d = 0; d < dimension_; ++d)
        matrix[static_cast<std::size_t>(d * dimension_ + d)] = diffusion[static_cast<std::size_t>(d)];
      diffusion = std::move(matrix);
    }
    drift_ = LaneProgram(graph, drift);
    diffusion_ = LaneProgram(graph, diffusion);
  }
  [[nodiscard]] Index dimension() const override { return dimension_; }
  [[nodiscard]] NoiseShape noise() const override { return noise_; }
  void drift(ConstBlock x, Block a) const override { drift_.run(x, a); }
  void diffusion(ConstBlock x, Block b) const override { diffusion_.run(x, b); }

 private:
  Index dimension_;
  NoiseShape noise_;
  LaneProgram drift_, diffusion_;
};

}  // namespace

LIFTWELL_COMPONENT(expression) {
  return Declaration<Dynamics, Options>("expression", "Drift and diffusion stated as formulas.")
      .reference("Textbook: dX = a(X) dt + b(X) dW in the sense of Ito.")
      .parameter("coordinates", &Options::coordinates, unit::none,
                 "Names of the coordinates in their order; there are as many as the system has dimensions.", required())
      .parameter("drift", &Options::drift, unit::none,
                 "One formula for each coordinate, of coordinates, parameters, pi, + - * / ^, abs, acos, asin, atan, "
                 "cos, cosh, exp, log, max, min, sin, sinh, sqrt, tan and tanh.",
                 required())
      .parameter("diffusion", &Options::diffusion, unit::none,
                 "One formula for each coordinate, which has a Wiener process of its own.")
      .parameter("diffusion_matrix", &Options::diffusion_matrix, unit::none,
                 "Instead of diffusion: one row of formulas for each coordinate, one entry for each Wiener process.")
      .parameter("parameters", &Options::parameters, unit::dimensionless,
                 "Constants of the formulas by name, in the units of the workflow.")
      .example(
          "{type: expression, coordinates: [x, y], drift: [\"-4*x*(x^2 - 1)\", -y/epsilon], diffusion: [1, "
          "1/sqrt(epsilon)], parameters: {epsilon: 0.1}}")
      .creates<ExpressionDynamics>();
}

}  // namespace liftwell
