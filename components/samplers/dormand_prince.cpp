// SPDX-License-Identifier: MIT
// The adaptive Runge-Kutta method of Dormand and Prince for the probability-flow ODE.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "liftwell/base/error.hpp"
#include "liftwell/families/sampler.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double relative_tolerance = 1e-5;
  double absolute_tolerance = 1e-5;
  std::int64_t max_steps = 10000;
};

constexpr int stages = 7;
constexpr std::array<double, stages> nodes{0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
constexpr double weights[stages][stages - 1] = {
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
/// No step is longer in ln r where there are angles. Noise spreads them all round, and nothing happens to them at high
/// levels: steps would else grow until one jumps over the levels at which the law takes shape, and sees no error in
/// that.
constexpr double longest_with_angles = 0.5;

/// Fifth order minus fourth order.
constexpr std::array<double, stages> difference{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                                -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

/// Time is u = ln r, in which the solution is smooth over all noise levels. Every sample has its own
/// step size, so its path does not depend on the samples beside it.
class DormandPrince final : public OdeSampler {
 public:
  explicit DormandPrince(const Options& options) : options_(options) {}

  void integrate(const ProbabilityFlow& flow, double from, double to, Matrix& state) const override {
    const Index rows = state.rows();
    const double end = std::log(to);
    Vector u = Vector::Constant(rows, std::log(from));
    const double longest = flow.has_angles() ? longest_with_angles : std::numeric_limits<double>::infinity();
    Vector h = ((Vector::Constant(rows, end) - u) / 20).cwiseMax(-longest).cwiseMin(longest);
    std::array<Matrix, stages> k;
    slope(flow, state, u, k[0]);
    Matrix next, error;
    Vector there;
    for (std::int64_t step = 0; (h.array() != 0).any(); ++step) {
      if (step == options_.max_steps) fail(u, end);
      for (int s = 1; s < stages; ++s) {
        next = state;
        for (int j = 0; j < s; ++j)
          if (weights[s][j] != 0) next += (h * weights[s][j]).asDiagonal() * k[static_cast<std::size_t>(j)];
        there = u + h * nodes[static_cast<std::size_t>(s)];
        slope(flow, next, there, k[static_cast<std::size_t>(s)]);
      }
      // The last stage stands at the fifth-order result: its slope is the first of the next step.
      error.setZero(rows, state.cols());
      for (std::size_t s = 0; s < stages; ++s)
        if (difference[s] != 0) error += (h * difference[s]).asDiagonal() * k[s];
      for (Index i = 0; i < rows; ++i) {
        if (h[i] == 0) continue;
        const auto scale =
            options_.absolute_tolerance +
            options_.relative_tolerance * state.row(i).cwiseAbs().cwiseMax(next.row(i).cwiseAbs()).array();
        const double size = (error.row(i).array() / scale).abs().maxCoeff();
        if (size <= 1) {
          u[i] += h[i];
          state.row(i) = next.row(i);
          k[0].row(i) = k[stages - 1].row(i);
        }
        // Not a number also shrinks the step.
        const double factor = size > 0 ? 0.9 * std::pow(size, -0.2) : 5.0;
        h[i] *= std::isfinite(factor) ? std::clamp(factor, 0.2, 5.0) : 0.2;
        h[i] = std::clamp(h[i], -longest, longest);
        if (std::abs(end - u[i]) <= std::abs(h[i])) h[i] = end - u[i];
        if (std::abs(end - u[i]) < 1e-14 * (1 + std::abs(end))) h[i] = 0;
      }
    }
  }

  /// Errors of a step are of sixth order, those of the whole way follow the tolerances.
  std::unique_ptr<OdeSampler> refined() const override {
    Options finer = options_;
    finer.relative_tolerance /= 10;
    finer.absolute_tolerance /= 10;
    finer.max_steps *= 2;
    return std::make_unique<DormandPrince>(finer);
  }

 private:
  static void slope(const ProbabilityFlow& flow, const Matrix& state, const Vector& u, Matrix& out) {
    // Number by number: vectors of other lengths would have other last bits.
    Vector r(u.size());
    for (Index i = 0; i < r.size(); ++i) r[i] = std::exp(u[i]);
    flow.slope(state, r, out);
    for (Index i = 0; i < r.size(); ++i) out.row(i) *= r[i];
  }

  [[noreturn]] void fail(const Vector& u, double end) const {
    Index slowest = 0;
    (u.array() - end).abs().maxCoeff(&slowest);
    throw RunError(fmt::format(
        "dormand_prince did not reach noise level {:.4g} in {} steps (it stopped at {:.4g}); raise max_steps or the "
        "tolerances, or look whether the score is finite",
        std::exp(end), options_.max_steps, std::exp(u[slowest])));
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(dormand_prince) {
  return Declaration<Sampler, Options>("dormand_prince",
                                       "Deterministic: adaptive fifth-order steps of the probability-flow ODE.")
      .reference("Dormand and Prince, J. Comput. Appl. Math. 6, 19 (1980), doi:10.1016/0771-050X(80)90013-3.")
      .parameter("relative_tolerance", &Options::relative_tolerance, unit::dimensionless,
                 "Largest error of a step, as a fraction of the state.", above(0))
      .parameter("absolute_tolerance", &Options::absolute_tolerance, unit::dimensionless,
                 "Largest error of a step in standard deviations, and in ln p where a density is carried along.",
                 above(0))
      .parameter("max_steps", &Options::max_steps, unit::none, "Steps after which it gives up.", at_least(1))
      .example("{type: dormand_prince, relative_tolerance: 1e-4, absolute_tolerance: 1e-4}")
      .creates<DormandPrince>();
}

}  // namespace liftwell
