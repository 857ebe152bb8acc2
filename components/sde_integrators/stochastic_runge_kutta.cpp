// SPDX-License-Identifier: MIT
// Platen's derivative-free scheme of weak order 2.
#include <cmath>

#include "liftwell/families/noise_buffer.hpp"
#include "liftwell/families/sde_integrator.hpp"
#include "liftwell/registry/registry.hpp"
#include "noise_product.hpp"

namespace liftwell {
namespace {

struct Options {
  double timestep = 0;
};

/// Weak order 2 for Itô equations with smooth coefficients and any noise. The drift is Heun's, with
/// Υ = x + a Δ + b ΔW: two evaluations. The noise costs none more where it is additive. Where it is diagonal,
///   ¼ [b(R₊) + b(R₋) + 2b] ΔW + ¼ [b(R₊) − b(R₋)] (ΔW² − Δ)/√Δ,  R± = x + a Δ ± b √Δ,
/// two evaluations of b more. Otherwise the same for each column b^j, with R±^j displaced along b^j, and the
/// mixed terms of all r ≠ j at U±^r = x ± b^r √Δ,
///   ¼ [b^j(U₊) + b^j(U₋) − 2b^j] ΔW^j + ¼ [b^j(U₊) − b^j(U₋)] (ΔW^j ΔW^r + V^rj)/√Δ,
/// V^rj = −V^jr = ±Δ with equal odds: 4 m evaluations of b more, fit for a handful of processes.
class StochasticRungeKutta final : public SdeIntegrator {
 public:
  explicit StochasticRungeKutta(const Options& options) : timestep_(options.timestep) {}
  [[nodiscard]] double timestep() const override { return timestep_; }

  std::int64_t advance(WalkerTile& tile, const Dynamics& dynamics, const RandomStream& stream, std::uint64_t first_step,
                       std::int64_t steps) const override {
    const Index processes = dynamics.noise().processes;
    const bool general = dynamics.noise().kind == NoiseShape::Kind::general;
    const Index pairs = general ? processes * (processes - 1) / 2 : 0;
    NoiseBuffer normals(stream, tile, first_step, steps, {.rows = processes + pairs});
    Step step(tile.position, dynamics, timestep_);
    for (std::int64_t i = 0; i < steps; ++i) {
      const ConstBlock now = normals.step(first_step + static_cast<std::uint64_t>(i));
      step.take({now.data(), processes, now.lanes()}, {now.data() + processes * now.lanes(), pairs, now.lanes()});
    }
    return 2 * steps;
  }

 private:
  /// The memory of one step of one tile.
  class Step {
   public:
    Step(Block x, const Dynamics& dynamics, double timestep)
        : x_(x),
          dynamics_(dynamics),
          noise_(dynamics.noise()),
          timestep_(timestep),
          root_(std::sqrt(timestep)),
          drift_(x.rows(), x.lanes()),
          ahead_(x.rows(), x.lanes()),
          change_(x.rows(), x.lanes()),
          point_(x.rows(), x.lanes()),
          b_(noise_.rows(x.rows()), x.lanes()),
          plus_(noise_.rows(x.rows()), x.lanes()),
          minus_(noise_.rows(x.rows()), x.lanes()) {}

    /// `normals` are ΔW/√Δ; the signs of `pairs` are those of V.
    void take(ConstBlock normals, ConstBlock pairs) {
      dynamics_.drift(x_, drift_.block());
      dynamics_.diffusion(x_, b_.block());
      noise_product(noise_, b_.block(), normals, change_.block());
      change_.block().flat() *= root_;
      point_.block().flat() = x_.flat() + timestep_ * drift_.block().flat() + change_.block().flat();
      dynamics_.drift(point_.block(), ahead_.block());
      if (noise_.kind == NoiseShape::Kind::diagonal) diagonal(normals);
      if (noise_.kind == NoiseShape::Kind::general) general(normals, pairs);
      x_.flat() += 0.5 * timestep_ * (drift_.block().flat() + ahead_.block().flat()) + change_.block().flat();
    }

   private:
    void diagonal(ConstBlock normals) {
      for (const auto& [sign, out] : {std::pair(1.0, plus_.block()), std::pair(-1.0, minus_.block())}) {
        point_.block().flat() = x_.flat() + timestep_ * drift_.block().flat() + sign * root_ * b_.block().flat();
        dynamics_.diffusion(point_.block(), out);
      }
      const auto w = normals.flat(), b = std::as_const(b_).block().flat();
      const auto plus = std::as_const(plus_).block().flat(), minus = std::as_const(minus_).block().flat();
      change_.block().flat() = 0.25 * root_ * ((plus + minus + 2 * b) * w + (plus - minus) * (w.square() - 1));
    }

    /// b at x + offset a ± √Δ b^column.
    void displace(double offset, Index column) {
      for (const auto& [sign, out] : {std::pair(1.0, plus_.block()), std::pair(-1.0, minus_.block())}) {
        for (Index d = 0; d < x_.rows(); ++d)
          point_.block().row(d) =
              x_.row(d) + offset * drift_.block().row(d) + sign * root_ * b_.block().row(d * noise_.processes + column);
        dynamics_.diffusion(point_.block(), out);
      }
    }

    void general(ConstBlock normals, ConstBlock pairs) {
      change_.block().flat().setZero();
      const Index m = noise_.processes;
      for (Index j = 0; j < m; ++j) {
        displace(timestep_, j);
        const auto w = normals.row(j);
        for (Index d = 0; d < x_.rows(); ++d) {
          const auto plus = plus_.block().row(d * m + j), minus = minus_.block().row(d * m + j);
          change_.block().row(d) +=
              0.25 * root_ * ((plus + minus + 2 * b_.block().row(d * m + j)) * w + (plus - minus) * (w.square() - 1));
        }
      }
      for (Index r = 0; r < m; ++r) {
        displace(0, r);
        for (Index j = 0; j < m; ++j) {
          if (j == r) continue;
          const auto w = normals.row(j);
          const auto coin = pairs.row(pair_of(r, j));
          const double order = r < j ? 1 : -1;
          for (Index d = 0; d < x_.rows(); ++d) {
            const auto plus = plus_.block().row(d * m + j), minus = minus_.block().row(d * m + j);
            change_.block().row(d) += 0.25 * root_ *
                                      ((plus + minus - 2 * b_.block().row(d * m + j)) * w +
                                       (plus - minus) * (w * normals.row(r) + order * coin.sign()));
          }
        }
      }
    }

    static Index pair_of(Index a, Index b) {
      const Index low = std::min(a, b), high = std::max(a, b);
      return high * (high - 1) / 2 + low;
    }

    Block x_;
    const Dynamics& dynamics_;
    NoiseShape noise_;
    double timestep_, root_;
    BlockBuffer drift_, ahead_, change_, point_, b_, plus_, minus_;
  };

  double timestep_;
};

}  // namespace

LIFTWELL_COMPONENT(stochastic_runge_kutta) {
  return Declaration<SdeIntegrator, Options>("stochastic_runge_kutta",
                                             "Platen's explicit scheme of weak order 2, for any noise.")
      .reference(
          "P. E. Kloeden, E. Platen, Numerical Solution of Stochastic Differential Equations (1992), equations "
          "(15.1.1) and (15.1.3), doi:10.1007/978-3-662-12616-5.")
      .parameter("timestep", &Options::timestep, unit::time, "Length of one step.", required() | above(0))
      .example("{type: stochastic_runge_kutta, timestep: 0.05}")
      .creates<StochasticRungeKutta>();
}

}  // namespace liftwell
