// SPDX-License-Identifier: MIT
// The half-moon: a slow and a fast coordinate, seen through a bent lens.
#include <cmath>
#include <string>

#include "liftwell/families/dynamics.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  double epsilon = 1e-3;
  std::string slow = "drift";
  double speed = 3;
  double barrier = 2;
  bool observed = false;
};

/// dx1 = a(x1) dt + dW1, dx2 = −x2/ε dt + dW2/√ε, with a = speed, so that x1 never equilibrates, or
/// a = −4 h x1 (x1² − 1), whose stationary density is exp(−2 h (x1² − 1)²). x2 is N(0, 1/2) and independent of
/// x1. Observed are y1 = x1 + x2², y2 = x2, in which, by Itô's formula,
///   dy1 = [a(y1 − y2²) + (1 − 2 y2²)/ε] dt + dW1 + 2 y2/√ε dW2.
/// The slow coordinate is x1 = y1 − y2². Explicit schemes need a time step well below ε.
class HalfMoon final : public Dynamics {
 public:
  explicit HalfMoon(const Options& options)
      : rate_(1 / options.epsilon),
        double_well_(options.slow == "double_well"),
        speed_(options.speed),
        barrier_(options.barrier),
        observed_(options.observed) {}
  [[nodiscard]] Index dimension() const override { return 2; }
  [[nodiscard]] NoiseShape noise() const override {
    return {observed_ ? NoiseShape::Kind::general : NoiseShape::Kind::additive, 2, observed_};
  }

  void drift(ConstBlock x, Block a) const override {
    const auto fast = x.row(1);
    a.row(1) = -rate_ * fast;
    if (!observed_) return slow_drift(x.row(0), a.row(0));
    slow_drift(x.row(0) - fast.square(), a.row(0));
    a.row(0) += rate_ * (1 - 2 * fast.square());
  }

  void diffusion(ConstBlock x, Block b) const override {
    const double strength = std::sqrt(rate_);
    b.row(0).setOnes();
    if (!observed_) {
      b.row(1).setConstant(strength);
      return;
    }
    b.row(1) = 2 * strength * x.row(1);
    b.row(2).setZero();
    b.row(3).setConstant(strength);
  }

 private:
  template <class Slow>
  void slow_drift(const Slow& slow, Row a) const {
    if (double_well_)
      a = -4 * barrier_ * slow * (slow.square() - 1);
    else
      a.setConstant(speed_);
  }

  double rate_;
  bool double_well_;
  double speed_, barrier_;
  bool observed_;
};

}  // namespace

LIFTWELL_COMPONENT(half_moon) {
  return Declaration<Dynamics, Options>("half_moon", "A slow and a fast coordinate, plain or bent into a half-moon.")
      .reference(
          "C. J. Dsilva, R. Talmon, C. W. Gear, R. R. Coifman, I. G. Kevrekidis, SIAM J. Appl. Dyn. Syst. 15, "
          "1327 (2016), arXiv:1501.05195.")
      .parameter("epsilon", &Options::epsilon, unit::time, "Relaxation time of the fast coordinate.", above(0))
      .parameter("slow", &Options::slow, unit::none,
                 "The slow coordinate drifts off at a constant speed, or lives in a double well and equilibrates.",
                 one_of({"drift", "double_well"}))
      .parameter("speed", &Options::speed, unit::dimensionless, "Speed of the drift, in length/time.")
      .parameter("barrier", &Options::barrier, unit::dimensionless,
                 "Height h of the double well's drift -4 h x (x^2 - 1), in 1/time; its free energy barrier is 2 h kT.",
                 above(0))
      .parameter("observed", &Options::observed, unit::none,
                 "Whether states are the bent coordinates (x1 + x2^2, x2) instead of (x1, x2).")
      .example("{type: half_moon, epsilon: 0.05, slow: double_well}")
      .creates<HalfMoon>();
}

}  // namespace liftwell
