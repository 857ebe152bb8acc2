// SPDX-License-Identifier: MIT
// A node of the pipeline: reads artifacts through typed ports, writes one artifact.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/block.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

class Bias;
class StageContext;
class System;

/// What is known of an artifact before anything runs; enough to find misfits in a dry run.
struct Shape {
  Index dimension = 0;              ///< of states; 0 when it has none
  std::vector<std::string> coarse;  ///< names of its coarse variables
  bool holds_condition = false;     ///< of a score model: draws have the coarse value exactly
  bool weighed = false;             ///< of draws: each carries its weight in the law of its target
  Index frames = 0;                 ///< of an ensemble: those of a walker that are not discarded; 0 when not known
  double frame_time = 0;            ///< of an ensemble: time from one frame to the next; 0 when not known
  /// Whose states they are; null where that is not known.
  std::shared_ptr<const System> system = nullptr;
  bool biased = false;  ///< of an ensemble
  /// The bias that an ensemble is under; null where there is none, or it is yet to be learned.
  std::shared_ptr<const Bias> bias = nullptr;
};

/// What a stage sees in the dry run. Findings are added with the key they belong to.
class CheckContext {
 public:
  virtual ~CheckContext() = default;
  /// Shapes of the outputs an input port names.
  [[nodiscard]] virtual std::vector<Shape> shapes(const std::vector<StageReference>& references) const = 0;
  virtual void error(const std::string& key, std::string message, std::string allowed = {}) = 0;
};

/// A stage type is found by its verb: the registered stage whose name is a key of the mapping, as
/// `simulate` in `{simulate: mb, walkers: 64}`. So every stage declares a parameter of its own name.
class Stage {
 public:
  static FamilyInfo family() { return {"stage", "", "A node of the pipeline: reads artifacts, writes one.", ""}; }
  virtual ~Stage() = default;

  /// Checks dimensions and types without running, and says what the output will look like.
  [[nodiscard]] virtual Shape check(CheckContext& context) const = 0;
  /// Writes the output into context.folder(). May be run again after a crash: whole files found
  /// there are its own checkpoints.
  virtual void run(StageContext& context) const = 0;
};

}  // namespace liftwell
