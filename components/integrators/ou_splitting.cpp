// SPDX-License-Identifier: MIT
// Overdamped Langevin dynamics whose stiff linear part is advanced exactly.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "liftwell/data/factorization.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/integrator.hpp"
#include "liftwell/families/noise_buffer.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double timestep = 0;
  double mobility = 1.0;
  std::vector<std::vector<double>> stiffness;

  void check(Problems& problems) const {
    const std::size_t size = stiffness.size();
    for (const auto& row : stiffness) {
      if (row.size() == stiffness.front().size() && (row.size() == 1 || row.size() == size)) continue;
      return problems.add("stiffness", "must be one number, one for each coordinate, or a square matrix");
    }
    if (size == 0) return problems.add("stiffness", "must have at least one entry");
    if (stiffness.front().size() == 1) {
      for (const auto& row : stiffness)
        if (row.front() < 0) return problems.add("stiffness", "must not be negative");
      return;
    }
    const Matrix k = matrix();
    if (k != k.transpose()) return problems.add("stiffness", "must be symmetric");
    const Vector values = symmetric_eigen(k).values;
    if (values.minCoeff() < -1e-12 * std::abs(values.maxCoeff()))
      problems.add("stiffness", "must have no negative eigenvalue", fmt::format("{:.6g}", values.minCoeff()));
  }

  [[nodiscard]] bool diagonal() const { return stiffness.front().size() == 1; }
  [[nodiscard]] Matrix matrix() const {
    const auto size = static_cast<Index>(stiffness.size());
    Matrix k = Matrix::Zero(size, size);
    for (Index r = 0; r < size; ++r)
      for (Index c = 0; c < size; ++c) {
        const auto& row = stiffness[static_cast<std::size_t>(r)];
        k(r, c) = diagonal() ? (r == c ? row.front() : 0) : row[static_cast<std::size_t>(c)];
      }
    return k;
  }
};

/// dX = −M ∇V dt + √(2 kT M) dW for V = ½ (x − c)ᵀ K (x − c) + V_rest, K known. With A = M K, E = e^{−AΔt}:
///   x ← x − M F ∇V(x) + (G − E Q) R_n + Q R_{n+1},
///   F = A⁻¹ (1 − E),  Q² = kT K⁻¹ (1 − e^{−AΔt/2}),  G² = kT K⁻¹ (1 − E²) e^{−AΔt/2},
/// the linear part being exact whatever AΔt: e^{−AΔt}(x − c) + c is x − M F K (x − c), so that c is not even
/// needed. For K = 0 it is Leimkuhler-Matthews, for V_rest = 0 every step has the exact law.
///
/// Why not Strang splitting? Half a kick, the exact Ornstein-Uhlenbeck step, half a kick is of first order
/// only, since a kick is Euler's method for V_rest, which samples V_rest + Δt M |∇V_rest|²/4. As in
/// Leimkuhler-Matthews, placing the noise right removes that error for nothing: y_n = x_n − Q R_n is a Markov
/// chain, y' = E y + F f(y + Q R) + G R with f the rest of the drift, and expanding it in Δt, the stationary
/// law of x = y + Q R is right to second order if G = √(2 kT M Δt)(1 − ¾ AΔt + …), F = Δt (1 − ½ AΔt + …) and
/// Q = √(kT M Δt/2)(1 + …), which F, Q and G above satisfy. One force evaluation per step.
///
/// K must be there. Where V has far less curvature c along a mode than its K, the noise is that of the temperature
/// (G + (1 − E)Q)²/2F = 0.99, 0.96, 0.77 kT for KMΔt = 1, 2, 5, and kT/2 beyond; the exact ratio of variances is
/// `widening`.
///
/// Where V_rest couples to stiff directions, its part of their stiffness limits Δt as in every explicit scheme.
class OuSplitting final : public Integrator {
 public:
  explicit OuSplitting(const Options& options)
      : timestep_(options.timestep),
        mobility_(options.mobility),
        diagonal_(options.diagonal()),
        stiffness_(diagonal_ ? Matrix(options.matrix().diagonal()) : options.matrix()) {
    const SymmetricEigen modes = symmetric_eigen(options.matrix());
    const auto per_mode = [&](auto function) -> Matrix {
      if (diagonal_) {
        Matrix out(static_cast<Index>(options.stiffness.size()), 1);
        for (Index d = 0; d < out.rows(); ++d) out(d, 0) = function(options.stiffness[static_cast<std::size_t>(d)][0]);
        return out;
      }
      const Vector values = modes.values.unaryExpr([&](double k) { return function(std::max(0.0, k)); });
      return modes.vectors * values.asDiagonal() * modes.vectors.transpose();
    };
    pull_ = per_mode([this](double k) { return step_of(k).pull; });
    now_ = per_mode([this](double k) { return step_of(k).now; });
    next_ = per_mode([this](double k) { return step_of(k).next; });
  }
  [[nodiscard]] double timestep() const override { return timestep_; }
  /// Only what V_rest has of curvature can make a step unstable, and the less the stiffer K is there.
  [[nodiscard]] Vector pull(const Vector& gradient) const override { return applied(pull_, gradient); }
  /// Of x' = (1 − MF c) x + (G − EQ) R_n + Q R_{n+1}, c the curvature, as if `direction` were a mode of K.
  [[nodiscard]] double widening(const Vector& direction, double curvature) const override {
    const auto [pull, now, next] = step_of(direction.dot(applied(stiffness_, direction)));
    const double kept = 1 - pull * curvature;
    return curvature * (now * now + next * next + 2 * kept * now * next) / (1 - kept * kept);
  }
  [[nodiscard]] Matrix assumed_curvature(Index dimension) const override {
    if (!diagonal_) return stiffness_;
    if (stiffness_.rows() == 1) return stiffness_(0, 0) * Matrix::Identity(dimension, dimension);
    return stiffness_.col(0).asDiagonal();
  }
  [[nodiscard]] std::string misfit(Index dimension) const override {
    if (pull_.rows() == dimension || pull_.size() == 1) return {};
    return fmt::format("has a stiffness for {} coordinates, but the system has {}", pull_.rows(), dimension);
  }

  void advance(WalkerTile& tile, const EnergySurface& surface, double thermal_energy, const RandomStream& stream,
               std::uint64_t first_step, std::int64_t steps) const override {
    const Index rows = tile.position.rows(), lanes = tile.position.lanes();
    const auto entry = [&](Index d) { return pull_.rows() == 1 ? 0 : d; };
    NoiseBuffer noise(stream, tile, first_step, steps, {.lookahead = 1});
    BlockBuffer gradient(rows, lanes);
    const double temper = std::sqrt(thermal_energy);
    for (std::int64_t i = 0; i < steps; ++i) {
      surface.evaluate(tile.position, nullptr, gradient.block());
      const double* const normals = noise.step(first_step + static_cast<std::uint64_t>(i)).data();
      const ConstBlock now(normals, rows, lanes), next(normals + rows * lanes, rows, lanes);
      for (Index d = 0; d < rows; ++d) {
        auto x = tile.position.row(d);
        if (diagonal_) {
          const Index k = entry(d);
          x += temper * (now_(k, 0) * now.row(d) + next_(k, 0) * next.row(d)) - pull_(k, 0) * gradient.block().row(d);
          continue;
        }
        for (Index e = 0; e < rows; ++e)
          x += temper * (now_(d, e) * now.row(e) + next_(d, e) * next.row(e)) - pull_(d, e) * gradient.block().row(e);
      }
    }
  }

 private:
  /// M F, (G − E Q)/√kT and Q/√kT where K is k.
  struct ModeStep {
    double pull, now, next;
  };
  [[nodiscard]] ModeStep step_of(double k) const {
    // (1 − e^{−k h})/k, which is h at k = 0.
    const auto relaxed = [k](double h) { return k * h < 1e-12 ? h : -std::expm1(-k * h) / k; };
    const double full = mobility_ * timestep_;
    const double next = std::sqrt(relaxed(full / 2));
    const double noise = std::sqrt(relaxed(2 * full) * std::exp(-k * full / 2));
    return {relaxed(full), noise - std::exp(-k * full) * next, next};
  }
  [[nodiscard]] Vector applied(const Matrix& entries, const Vector& vector) const {
    if (!diagonal_) return entries * vector;
    return entries.rows() == 1 ? Vector(entries(0, 0) * vector) : Vector(entries.col(0).cwiseProduct(vector));
  }

  double timestep_, mobility_;
  bool diagonal_;
  Matrix stiffness_;          ///< K: a column of entries, or a matrix
  Matrix pull_, now_, next_;  ///< M F, (G − E Q)/√kT, Q/√kT: a column of entries, or matrices
};

}  // namespace

LIFTWELL_COMPONENT(ou_splitting) {
  return Declaration<Integrator, Options>("ou_splitting",
                                          "Overdamped Langevin, stiff linear part exact, second order in the "
                                          "stationary law.")
      .reference(
          "After B. Leimkuhler, C. Matthews, Appl. Math. Res. Express 2013, 34, doi:10.1093/amrx/abs010, and G. "
          "Vilmart, SIAM J. Sci. Comput. 37, A201 (2015), doi:10.1137/140974328 (postprocessed integrators).")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .parameter("mobility", &Options::mobility, unit::mobility, "Mobility M in dX = -M grad V dt + sqrt(2 kT M) dW.",
                 above(0))
      .parameter("stiffness", &Options::stiffness, unit::stiffness,
                 "Second derivative K of the stiff quadratic part of V: one number for all coordinates, one for each "
                 "(0 where it is not stiff), or a symmetric matrix.",
                 required())
      .example("{type: ou_splitting, timestep: 0.1, stiffness: 0.5}")
      .creates<OuSplitting>();
}

}  // namespace liftwell
