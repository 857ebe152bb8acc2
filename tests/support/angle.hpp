// SPDX-License-Identifier: MIT
// A periodic coarse variable for tests, registered in a registry of its own.
#pragma once

#include <cmath>
#include <numbers>

#include "liftwell/families/coarse_variable.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell::testing {

struct NoOptions {};

/// The polar angle of the first two coordinates, in (−π, π].
class Angle final : public CoarseVariable {
 public:
  explicit Angle(const NoOptions&) {}
  [[nodiscard]] std::string misfit(Index dimension) const override { return dimension < 2 ? "needs a plane" : ""; }
  [[nodiscard]] std::optional<double> period() const override { return 2 * std::numbers::pi; }
  void evaluate(ConstBlock x, double* value, Block gradient) const override {
    for (Index lane = 0; lane < x.lanes(); ++lane) {
      const double a = x(0, lane), b = x(1, lane), square = a * a + b * b;
      value[lane] = std::atan2(b, a);
      if (gradient.rows() == 0) continue;
      for (Index d = 2; d < x.rows(); ++d) gradient(d, lane) = 0;
      gradient(0, lane) = -b / square;
      gradient(1, lane) = a / square;
    }
  }
};

/// Everything registered, and `polar_angle`.
inline const Registry& registry_with_angle() {
  static const Registry registry = [] {
    Registry all;
    for (const ComponentDeclaration* declaration : Registry::global().all()) all.add(*declaration);
    all.add(Declaration<CoarseVariable, NoOptions>("polar_angle", "Polar angle.")
                .reference("Textbook: atan2(y, x).")
                .example("{type: polar_angle}")
                .creates<Angle>());
    return all;
  }();
  return registry;
}

}  // namespace liftwell::testing
