// SPDX-License-Identifier: MIT
// Müller-Brown with a fast third coordinate whose conditional law is exactly Gaussian.
#include "liftwell/families/potential.hpp"
#include "liftwell/registry/registry.hpp"
#include "muller_brown_kernel.hpp"

namespace liftwell {
namespace {

struct Options {
  double epsilon = 1e-3;
};

/// V(x, y, w) = V_MB(x, y) + (w − sin x)² / (2ε). Given (x, y), w is N(sin x, ε kT), so F(x) and
/// every statistic of (x, y) are those of the two-dimensional surface at every ε.
class MullerBrownFast final : public Potential {
 public:
  explicit MullerBrownFast(const Options& options) : stiffness_(1.0 / options.epsilon) {}
  [[nodiscard]] Index dimension() const override { return 3; }

  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    using namespace simd;
    const V stiffness = set(stiffness_);
    const Index lanes = x.lanes();
    for (Index lane = 0; lane < lanes; lane += width()) {
      const double* const in = x.data() + lane;
      double* const out = gradient.data() + lane;
      const V position = hn::Load(doubles, in);
      const MullerBrownValue value = muller_brown(position, hn::Load(doubles, in + lanes));
      const SineCosine angle = sine_cosine(position);
      const V away = hn::Sub(hn::Load(doubles, in + 2 * lanes), angle.sine);
      const V pull = hn::Mul(stiffness, away);
      hn::Store(hn::NegMulAdd(pull, angle.cosine, value.slope_x), doubles, out);
      hn::Store(value.slope_y, doubles, out + lanes);
      hn::Store(pull, doubles, out + 2 * lanes);
      if (energy != nullptr) hn::Store(hn::MulAdd(hn::Mul(set(0.5), pull), away, value.energy), doubles, energy + lane);
    }
  }

 private:
  double stiffness_;
};

}  // namespace

LIFTWELL_COMPONENT(muller_brown_fast) {
  return Declaration<Potential, Options>("muller_brown_fast", "Müller-Brown surface with a fast third coordinate.")
      .reference(
          "K. Müller, L. D. Brown, Theor. Chim. Acta 53, 75 (1979), doi:10.1007/BF00547608, plus the textbook term "
          "(w - sin x)^2 / (2 epsilon).")
      .parameter("epsilon", &Options::epsilon, unit::compliance,
                 "Inverse stiffness of the fast coordinate: its variance is epsilon times kT.", above(0))
      .example("{type: muller_brown_fast, epsilon: 1e-3}")
      .creates<MullerBrownFast>();
}

}  // namespace liftwell
