// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/data/block.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// How the noise enters: what an integrator may leave out.
struct NoiseShape {
  enum class Kind {
    additive,  ///< b is constant
    diagonal,  ///< b is diagonal, and its entry d depends on coordinate d alone (Kloeden, Platen, section 10.3)
    general,
  };
  Kind kind = Kind::additive;
  Index processes = 0;  ///< number m of independent Wiener processes
  bool matrix = false;  ///< b is stated as a matrix, not as its diagonal; always where the kind is general

  /// Rows of the block that holds b: D for a diagonal; D m for a matrix, b_dk in row d m + k.
  [[nodiscard]] Index rows(Index dimension) const { return matrix ? dimension * processes : dimension; }
};

/// dX = a(X) dt + b(X) dW in the sense of Itô, D coordinates and m Wiener processes. Pure: const,
/// thread-safe, no state between calls; a lane's result depends on that lane only.
class Dynamics {
 public:
  static FamilyInfo family() {
    return {"dynamics", "dynamics", "Drift and diffusion of a stochastic differential equation.", ""};
  }
  virtual ~Dynamics() = default;

  [[nodiscard]] virtual Index dimension() const = 0;
  [[nodiscard]] virtual NoiseShape noise() const = 0;
  /// a(x), in length/time; both D x lanes.
  virtual void drift(ConstBlock x, Block a) const = 0;
  /// b(x), in length/sqrt(time); `x` is D x lanes, `b` noise().rows(D) x lanes.
  virtual void diffusion(ConstBlock x, Block b) const = 0;
};

}  // namespace liftwell
