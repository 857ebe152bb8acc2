// SPDX-License-Identifier: MIT
// Multistep predictor and corrector for the probability-flow ODE in the angle of the noise.
#include <cmath>
#include <span>

#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::int64_t steps = 20;
  double rho = 3;
};

constexpr std::size_t order = 3;

struct Point {
  double angle;
  Matrix slope;
};

/// The integral from `low` to `high` of the polynomial through `points`, whose degree is at most two.
Matrix integral(std::span<const Point> points, double low, double high) {
  const auto basis = [&](std::size_t k, double at) {
    double product = 1;
    for (std::size_t j = 0; j < points.size(); ++j)
      if (j != k) product *= (at - points[j].angle) / (points[k].angle - points[j].angle);
    return product;
  };
  const double middle = 0.5 * (low + high);
  Matrix sum = Matrix::Zero(points[0].slope.rows(), points[0].slope.cols());
  for (std::size_t k = 0; k < points.size(); ++k)  // Simpson's rule, exact for cubics
    sum += (high - low) / 6 * (basis(k, low) + 4 * basis(k, middle) + basis(k, high)) * points[k].slope;
  return sum;
}

/// With r = tan a and u = y cos a the ODE is
///   du/da = (1 + r^2)^(1/2) dy/dr - r (1 + r^2)^(-1/2) y,
/// and u stands still for standard normal data. So standardised data leave little to do at high noise, where steps in r
/// or ln r are many and far from small. The density of u stands still too: ln p_u = ln p_y + (d/2) ln(1 + r^2).
/// Three points extrapolate du/da over the next step (Adams-Bashforth); the same three points, of which the newest was
/// found there, then correct that step (Adams-Moulton) without an evaluation of their own. The first step is an Euler
/// step, which its correction makes one of the trapezoidal rule: the order is three.
class Adams final : public OdeSampler {
 public:
  explicit Adams(const Options& options) : steps_(options.steps), spacing_{"angle", options.rho} {}

  void integrate(const ProbabilityFlow& flow, double from, double to, Matrix& state) const override {
    const auto levels = noise_levels(flow.noise(), from, to, steps_, spacing_);
    const Index dimension = flow.dimension();
    const double start = std::hypot(1.0, from), end = std::hypot(1.0, to);
    std::vector<Point> points;  // newest first
    Matrix before;              // the corrected state at the level before
    state.leftCols(dimension) /= start;
    for (std::size_t step = 1; step < levels.size(); ++step) {
      const double angle = std::atan(levels[step - 1]);
      if (points.size() == order) points.pop_back();
      points.insert(points.begin(), {angle, slope(flow, state, levels[step - 1])});
      if (step > 1) state = before + integral(points, std::atan(levels[step - 2]), angle);
      before = state;
      state += integral(points, angle, std::atan(levels[step]));
    }
    state.leftCols(dimension) *= end;
    state.rightCols(flow.density_columns()).array() -= static_cast<double>(dimension) * std::log(end / start);
  }

  std::unique_ptr<OdeSampler> refined() const override {
    return std::make_unique<Adams>(Options{2 * steps_, spacing_.rho});
  }

 private:
  /// d(u, ln p_u)/da.
  static Matrix slope(const ProbabilityFlow& flow, const Matrix& state, double level) {
    const Index dimension = flow.dimension();
    const double scale = std::hypot(1.0, level);
    Matrix y = state;
    y.leftCols(dimension) *= scale;
    Matrix out;
    flow.slope(y, level, out);
    out.leftCols(dimension) = scale * out.leftCols(dimension) - level * state.leftCols(dimension);
    out.rightCols(flow.density_columns()) =
        (scale * scale * out.rightCols(flow.density_columns())).array() + static_cast<double>(dimension) * level;
    return out;
  }

  std::int64_t steps_;
  LevelSpacing spacing_;
};

}  // namespace

LIFTWELL_COMPONENT(adams) {
  return Declaration<Sampler, Options>("adams",
                                       "Deterministic: third-order multistep method of the probability-flow ODE; the "
                                       "most accurate for few score evaluations.")
      .reference(
          "Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I (1993), section III.5, for variable "
          "steps; Lu and Song, ICLR 2025, arXiv 2410.11081, for the angle; Zhao et al., NeurIPS 2023, arXiv "
          "2302.04867, for a corrector without evaluations of its own.")
      .parameter("steps", &Options::steps, unit::none, "Number of steps; each costs one score evaluation.", at_least(1))
      .parameter("rho", &Options::rho, unit::dimensionless,
                 "Noise levels r are equidistant in (arctan r)^(1/rho): larger values put more steps at low noise.",
                 at_least(1))
      .example("{type: adams, steps: 20}")
      .creates<Adams>();
}

}  // namespace liftwell
