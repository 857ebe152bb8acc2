// SPDX-License-Identifier: MIT
// What liftwell asks of OpenMM: energies and forces of given positions. The implementation is in the module
// libliftwell_openmm.so (openmm_engine_openmm.cpp), opened at first use.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "liftwell/data/block.hpp"
#include "liftwell/data/matrix.hpp"

namespace liftwell {

class OpenMMEngine {
 public:
  virtual ~OpenMMEngine() = default;

  /// Gradients (kJ/mol/nm) of the first `walkers` lanes of `x` (3 atoms x lanes, nm) and, unless `energy` is null,
  /// their energies (kJ/mol). Gradients are not numbers where positions are not. Any number of threads may call at
  /// once.
  virtual void evaluate(ConstBlock x, Index walkers, double* energy, Block gradient) const = 0;

  /// The minimum of the energy below `state` (3 atoms, nm), constraints respected.
  [[nodiscard]] virtual Vector minimised(const Vector& state) const = 0;

  /// The platform and how it was chosen, in words.
  [[nodiscard]] virtual std::string remark() const = 0;
};

struct OpenMMSetup {
  std::filesystem::path system;  ///< serialised System
  std::string platform;          ///< in lower case, or "auto"
  Vector state;                  ///< where platforms are measured, 3 atoms, nm
};

/// Exported by the module as liftwell_make_openmm_engine. Throws InputError where the file cannot be used or the
/// platform does not exist (with those that do).
using MakeOpenMMEngine = std::unique_ptr<OpenMMEngine> (*)(const OpenMMSetup&);

}  // namespace liftwell
