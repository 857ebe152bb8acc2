// SPDX-License-Identifier: MIT
// A component outside the liftwell tree: a quartic double well. Copy this file to start your own.
#include <liftwell/families/potential.hpp>
#include <liftwell/registry/registry.hpp>

namespace {

using namespace liftwell;

struct Options {
  double barrier = 5.0;
  double half_distance = 1.0;
};

/// V(x) = h (x²/a² − 1)² with barrier height h (energy) and minima at ±a (length).
class Quartic final : public Potential {
 public:
  explicit Quartic(const Options& options) : barrier_(options.barrier), scale_(1 / options.half_distance) {}

  [[nodiscard]] Index dimension() const override { return 1; }

  /// Every lane is one walker; row(0) is their first (here: only) coordinate.
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    for (Index walker = 0; walker < x.lanes(); ++walker) {
      const double u = x.row(0)(walker) * scale_;
      const double inside = u * u - 1;
      gradient.row(0)(walker) = 4 * barrier_ * inside * u * scale_;
      if (energy != nullptr) energy[walker] = barrier_ * inside * inside;
    }
  }

 private:
  double barrier_;
  double scale_;
};

}  // namespace

LIFTWELL_COMPONENT(quartic) {
  return Declaration<Potential, Options>("quartic", "Quartic double well in one dimension.")
      .reference("Textbook: V(x) = h (x^2/a^2 - 1)^2.")
      .parameter("barrier", &Options::barrier, unit::energy, "Height h of the barrier at x = 0.", above(0))
      .parameter("half_distance", &Options::half_distance, unit::length, "The minima are at plus and minus a.",
                 above(0))
      .example("{type: quartic, barrier: 5}")
      .creates<Quartic>();
}
