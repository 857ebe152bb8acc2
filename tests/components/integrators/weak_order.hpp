// SPDX-License-Identifier: MIT
// The weak order of an integrator as a measured slope: the bias of a stationary average at two time
// steps, in a well where second-order terms are large enough to be seen above the noise.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "support/contracts/integrator_laws.hpp"
#include "support/evaluated.hpp"

namespace liftwell::testing {

/// V(x) = x²/2 + cos(3 x)/2 in each of 4 coordinates, at kT = 1. Its curvature goes from −3.5 to 5.5, and
/// ⟨cos 3x⟩ feels that: at Δt = 0.1 its second-order bias is 1 % of its standard deviation. The force grows no faster
/// than x, so that explicit schemes are stable everywhere.
class RippledWell final : public EnergySurface {
 public:
  static constexpr double ripple = 0.5, wave = 3;
  [[nodiscard]] Index dimension() const override { return 4; }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    gradient.flat() = x.flat() - ripple * wave * (wave * x.flat()).sin();
    if (energy == nullptr) return;
    Row total(energy, x.lanes());
    total.setZero();
    for (Index d = 0; d < x.rows(); ++d) total += 0.5 * x.row(d).square() + ripple * (wave * x.row(d)).cos();
  }
  static double energy(double x) { return x * x / 2 + ripple * std::cos(wave * x); }
  static double slope(double x) { return x - ripple * wave * std::sin(wave * x); }
  static double curvature(double x) { return 1 - ripple * wave * wave * std::cos(wave * x); }
};

/// ⟨cos 3x⟩ of a density given on a grid of −8 … 8; the trapezoid rule converges beyond all powers here.
class GridDensity {
 public:
  static constexpr Index points = 321;
  static constexpr double half_width = 8, spacing = 2 * half_width / (points - 1);
  static double x(Index i) { return -half_width + spacing * static_cast<double>(i); }

  explicit GridDensity(Eigen::VectorXd values) : values_(std::move(values)) {}
  static GridDensity boltzmann() {
    Eigen::VectorXd out(points);
    for (Index i = 0; i < points; ++i) out(i) = std::exp(-RippledWell::energy(x(i)));
    return GridDensity(out);
  }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (Index i = 0; i < points; ++i) sum += values_(i) * std::cos(RippledWell::wave * x(i));
    return sum / values_.sum();
  }
  /// The density that a Markov chain with this kernel, kernel(to, from), keeps.
  static Eigen::VectorXd stationary(const Eigen::MatrixXd& kernel) {
    Eigen::VectorXd now = boltzmann().values_, next = now;
    do {
      now = next / next.sum();
      next = kernel * now;
      next /= next.sum();
    } while ((next - now).cwiseAbs().maxCoeff() > 1e-14);
    return next;
  }

 private:
  Eigen::VectorXd values_;
};

inline double gauss(double u) { return std::exp(-u * u / 2); }

/// What Euler-Maruyama makes of ⟨cos 3x⟩ at mobility 1, up to 1e-8: its kernel is Gaussian.
inline double euler_maruyama_mean(double timestep) {
  Eigen::MatrixXd kernel(GridDensity::points, GridDensity::points);
  for (Index from = 0; from < GridDensity::points; ++from) {
    const double x = GridDensity::x(from), middle = x - timestep * RippledWell::slope(x);
    for (Index to = 0; to < GridDensity::points; ++to)
      kernel(to, from) = gauss((GridDensity::x(to) - middle) / std::sqrt(2 * timestep));
  }
  return GridDensity(GridDensity::stationary(kernel)).mean();
}

/// What Leimkuhler-Matthews makes of it. With k = √(Δt/2), z_n = x_n − k R_n is a Markov chain by itself,
/// z' = 2w − z − Δt V'(w) where w = x_n = z + k R_n, and x is z blurred by a Gaussian of width k. Given z and
/// z', w follows by Newton's rule (2 − Δt V'' > 0), and the kernel is the density of R over dz'/dR.
inline double leimkuhler_matthews_mean(double timestep) {
  const double k = std::sqrt(timestep / 2);
  Eigen::MatrixXd kernel(GridDensity::points, GridDensity::points), blur(GridDensity::points, GridDensity::points);
  for (Index from = 0; from < GridDensity::points; ++from) {
    const double z = GridDensity::x(from);
    for (Index to = 0; to < GridDensity::points; ++to) {
      double w = (z + GridDensity::x(to)) / 2, step = 1;
      for (int i = 0; i < 50 && std::abs(step) > 1e-14; ++i) {
        step = (2 * w - z - timestep * RippledWell::slope(w) - GridDensity::x(to)) /
               (2 - timestep * RippledWell::curvature(w));
        w -= step;
      }
      kernel(to, from) = gauss((w - z) / k) / (2 - timestep * RippledWell::curvature(w));
      blur(to, from) = gauss((GridDensity::x(to) - z) / k);
    }
  }
  return GridDensity(blur * GridDensity::stationary(kernel)).mean();
}

struct Estimate {
  double value, standard_error;
};

/// ⟨cos 3x⟩ from `samples` of 4096 walkers of 4 independent coordinates, one each 0.75 time units. The error
/// comes from the scatter between the 64 groups of walkers and coordinates that share nothing.
inline Estimate simulated_mean(const Integrator& integrator, int samples) {
  constexpr Index lanes = 256, tiles = 16;
  const RippledWell well;
  const RandomStream stream = RandomStream::named(2023, {"weak order"});
  Eigen::ArrayXd groups = Eigen::ArrayXd::Zero(tiles * well.dimension());
  for (Index tile = 0; tile < tiles; ++tile) {
    contracts::OwnedTile walkers(well.dimension(), lanes, integrator.has_velocities(),
                                 static_cast<std::uint32_t>(tile * lanes));
    const auto steps = static_cast<std::int64_t>(std::ceil(0.75 / integrator.timestep()));
    std::uint64_t step = 0;
    for (int sample = -12; sample < samples; ++sample) {
      integrator.advance(walkers.tile, well, 1.0, stream, step, steps);
      step += static_cast<std::uint64_t>(steps);
      if (sample < 0) continue;
      for (Index d = 0; d < well.dimension(); ++d)
        groups(tile * well.dimension() + d) += (RippledWell::wave * walkers.position.block().row(d)).cos().mean();
    }
  }
  groups /= samples;
  const double mean = groups.mean();
  const auto count = static_cast<double>(groups.size());
  return {mean, std::sqrt((groups - mean).square().sum() / (count - 1) / count)};
}

/// The order p of a bias that goes like Δt^p, from the averages at a time step and at half of it.
inline Estimate order(Estimate whole, Estimate half) {
  const double exact = GridDensity::boltzmann().mean();
  const double large = whole.value - exact, small = half.value - exact;
  const double error = std::hypot(whole.standard_error / large, half.standard_error / small);
  return {std::log2(large / small), error / std::log(2.0)};
}

}  // namespace liftwell::testing
