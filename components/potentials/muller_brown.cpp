// SPDX-License-Identifier: MIT
// The Müller-Brown surface: three minima in two dimensions, no coordinate that separates them alone.
#include "liftwell/families/potential.hpp"
#include "liftwell/registry/registry.hpp"
#include "muller_brown_kernel.hpp"

namespace liftwell {
namespace {

struct Options {};

/// V(x, y) = Σ A exp[a (x−x₀)² + b (x−x₀)(y−y₀) + c (y−y₀)²], four terms. Energies run from
/// −146.70 at the deepest minimum (−0.558, 1.442) over −40.66 at the higher saddle; reduced units.
class MullerBrown final : public Potential {
 public:
  explicit MullerBrown(const Options&) {}
  [[nodiscard]] Index dimension() const override { return 2; }

  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    using namespace simd;
    const double* const px = x.data();
    const double* const py = px + x.lanes();
    double* const gx = gradient.data();
    double* const gy = gx + x.lanes();
    for (Index lane = 0; lane < x.lanes(); lane += width()) {
      const MullerBrownValue value = muller_brown(hn::Load(doubles, px + lane), hn::Load(doubles, py + lane));
      hn::Store(value.slope_x, doubles, gx + lane);
      hn::Store(value.slope_y, doubles, gy + lane);
      if (energy != nullptr) hn::Store(value.energy, doubles, energy + lane);
    }
  }
};

}  // namespace

LIFTWELL_COMPONENT(muller_brown) {
  return Declaration<Potential, Options>("muller_brown", "Müller-Brown surface: three minima in two dimensions.")
      .reference("K. Müller, L. D. Brown, Theor. Chim. Acta 53, 75 (1979), table 1, doi:10.1007/BF00547608.")
      .example("{type: muller_brown}")
      .creates<MullerBrown>();
}

}  // namespace liftwell
