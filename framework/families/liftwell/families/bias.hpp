// SPDX-License-Identifier: MIT
#pragma once

#include "liftwell/data/block.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/families/coarse_map.hpp"
#include "liftwell/families/energy_surface.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// An energy that depends on coarse variables and, where it is `centred`, on the centre of a window.
class Bias {
 public:
  static FamilyInfo family() { return {"bias", "biases", "An energy that depends on coarse variables.", ""}; }
  virtual ~Bias() = default;

  [[nodiscard]] virtual const CoarseMap& coarse() const = 0;

  /// For each lane: energy at `xi` with the bias centred at `centre` (both coarse x lanes), and its
  /// derivative with respect to xi unless `derivative` has no rows.
  virtual void evaluate(ConstBlock xi, ConstBlock centre, double* energy, Block derivative) const = 0;

  /// Standard deviation sqrt(kT/κ) that the bias alone gives each coarse variable; infinite where it holds none.
  [[nodiscard]] virtual Vector sigma(double thermal_energy) const = 0;

  /// Whether windows differ by their centres. Where not, a centre adds a constant at most: all walkers are in one
  /// window, and their starts need no targets.
  [[nodiscard]] virtual bool centred() const { return true; }

  /// Largest second derivative along each coarse variable, energy/coarse²; 0 where the energy nowhere bends up.
  [[nodiscard]] virtual Vector stiffness() const { return sigma(1).array().square().inverse(); }
};

/// V(x) + bias(ξ(x); centre) for one tile of walkers, each with its own centre. Holds work space, so
/// one object serves one thread.
class BiasedSurface final : public EnergySurface {
 public:
  BiasedSurface(const EnergySurface& base, const Bias& bias, ConstBlock centres);
  [[nodiscard]] Index dimension() const override { return base_.dimension(); }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override;

 private:
  const EnergySurface& base_;
  const Bias& bias_;
  ConstBlock centres_;
  mutable BlockBuffer xi_, derivative_, bias_energy_;
  mutable std::vector<BlockBuffer> gradients_;
};

}  // namespace liftwell
